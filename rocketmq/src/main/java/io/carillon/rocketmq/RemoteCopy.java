package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSONObject;
import io.carillon.base.Ticker;
import io.carillon.log.CopiedFile;
import io.carillon.log.CopyAnswer;
import io.carillon.log.CopyEnded;
import io.carillon.log.CopyListing;
import io.carillon.log.CopySource;
import io.carillon.log.CopyStart;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.util.List;

/** The log of a broker elsewhere, to be copied from there. One thread at a time. */
public final class RemoteCopy implements CopySource {
    private static final int FILES_MAX = 1_000_000;

    /** PORT: asks the broker; throws when it does not answer. */
    @FunctionalInterface
    public interface Calls {
        Response call(int code, Reply content);
    }

    private final Calls broker;
    private final Ticker ticker;
    private final boolean isAllWritten;

    /** @param isAllWritten whether what the broker does not know to be acknowledged is to be copied, too */
    public RemoteCopy(Calls broker, Ticker ticker, boolean isAllWritten) {
        this.broker = broker;
        this.ticker = ticker;
        this.isAllWritten = isAllWritten;
    }

    @Override
    public CopyStart begin() {
        // Two requests must not look alike: the second one would be taken for a replay.
        Reply request = Reply.ok().ext("askedMs", ticker.nowMs());
        if (isAllWritten) {
            request.ext(CopyHandler.ALL_WRITTEN, true);
        }
        Response response = broker.call(RequestCode.COPY_BEGIN, request);
        if (response.code() != ResponseCode.SUCCESS) {
            return new CopyEnded(text(response));
        }
        try {
            CopyListing listing = listing(response);
            if (isAllWritten && !Boolean.parseBoolean(response.ext().get(CopyHandler.ALL_WRITTEN))) {
                end(listing.copy());
                return new CopyEnded(
                        "the broker is of an older version, and cannot give out what it does not know to be"
                                + " acknowledged: start this version of it on its data folder, and ask again");
            }
            return listing;
        } catch (BadRequest | IllegalArgumentException e) {
            return new CopyEnded("the broker answered what is no list of files: " + e.getMessage());
        }
    }

    private static CopyListing listing(Response response) {
        List<JSONObject> files = ClientBodies.objects(ClientBodies.parse(response.body()), "files");
        if (files.size() > FILES_MAX) {
            throw new IllegalArgumentException("more than " + FILES_MAX + " files");
        }
        return new CopyListing(
                field(response, "copy"),
                field(response, "origin"),
                Long.parseLong(field(response, "from")),
                Long.parseLong(field(response, "to")),
                files.stream().map(RemoteCopy::file).toList());
    }

    private static CopiedFile file(JSONObject file) {
        return new CopiedFile(
                ClientBodies.text(file, "name"), ClientBodies.number(file, "size"), ClientBodies.flag(file, "grows"));
    }

    private static String field(Response response, String name) {
        String value = response.ext().get(name);
        if (value == null) {
            throw new IllegalArgumentException("no field " + name);
        }
        return value;
    }

    @Override
    public CopyAnswer part(String copy, CopiedFile file, long at, int length, boolean withBytes) {
        Reply request = Reply.ok()
                .ext("copy", copy)
                .ext("file", file.name())
                .ext("at", at)
                .ext("length", length)
                .ext("bytes", withBytes);
        Response response = broker.call(RequestCode.COPY_PART, request);
        return switch (response.code()) {
            case ResponseCode.SUCCESS -> part(response);
            case ResponseCode.SYSTEM_BUSY -> new CopyAnswer.NotYet();
            default -> new CopyEnded(text(response));
        };
    }

    private static CopyAnswer part(Response response) {
        try {
            return new CopyAnswer.Part(response.body(), Integer.parseUnsignedInt(field(response, "crc"), 16));
        } catch (IllegalArgumentException e) {
            return new CopyEnded("the broker answered what is no part of a file: " + e.getMessage());
        }
    }

    @Override
    public void end(String copy) {
        try {
            broker.call(RequestCode.COPY_END, Reply.ok().ext("copy", copy));
        } catch (RuntimeException _) {
            // A broker that does not answer lets go of the copy by itself; what was copied is as good as with an
            // answer.
        }
    }

    private static String text(Response response) {
        return response.remark() == null ? "the broker answered with code " + response.code() : response.remark();
    }
}
