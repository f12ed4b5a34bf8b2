package io.carillon.rocketmq;

import io.carillon.base.Counters;
import io.carillon.log.CopiedFile;
import io.carillon.log.CopyAnswer;
import io.carillon.log.CopyEnded;
import io.carillon.log.CopyListing;
import io.carillon.log.LogCopies;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.util.concurrent.Executor;

/**
 * Gives out copies of the log, part by part: Carillon's own request codes, which {@link RemoteCopy} speaks. Reading runs
 * one part at a time where others wait for the disk, too: they find room there however many copies are made.
 */
final class CopyHandler implements Handlers {
    private static final int WAITING_MAX = 16;
    /** Whether a copy takes what is written and not known to be settled, too: in the request, and in the answer. */
    static final String ALL_WRITTEN = "allWritten";

    private final LogCopies copies;
    private final String origin;
    private final Aside aside;

    /** @param origin whose log it is */
    CopyHandler(LogCopies copies, String origin, Executor blocking, Counters counters) {
        this.copies = copies;
        this.origin = origin;
        aside = new Aside(new OneByOne(blocking), Room.ofCopies(counters, WAITING_MAX));
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.COPY_BEGIN, this::begin)
                .on(RequestCode.COPY_PART, this::part)
                .on(RequestCode.COPY_END, this::end);
    }

    private void begin(Request request) {
        boolean isAllWritten = request.booleanOr(ALL_WRITTEN, false);
        aside.answer(request, () -> switch (isAllWritten ? copies.beginAllWritten(origin) : copies.begin(origin)) {
            case CopyListing listing -> listing(listing).ext(ALL_WRITTEN, isAllWritten);
            case CopyEnded(String why) -> Reply.of(ResponseCode.ILLEGAL_OPERATION, why);
        });
    }

    private static Reply listing(CopyListing listing) {
        Reply reply = Reply.ok()
                .ext("copy", listing.copy())
                .ext("origin", listing.origin())
                .ext("from", listing.from())
                .ext("to", listing.to());
        String files =
                JsonText.array(listing.files().stream().map(CopyHandler::file).toList());
        return reply.body(new JsonText().addText("files", files).bytes());
    }

    private static JsonText file(CopiedFile file) {
        return new JsonText().add("name", file.name()).add("size", file.size()).add("grows", file.grows());
    }

    private void part(Request request) {
        String copy = request.required("copy");
        String file = request.required("file");
        long at = request.requiredLong("at");
        int length = request.requiredInt("length");
        boolean withBytes = Boolean.parseBoolean(request.required("bytes"));
        aside.answer(request, () -> part(copy, file, at, length, withBytes));
    }

    private Reply part(String copy, String file, long at, int length, boolean withBytes) {
        try {
            return switch (copies.part(copy, file, at, length, withBytes)) {
                case CopyAnswer.Part part ->
                    Reply.ok().ext("crc", Integer.toHexString(part.crc())).body(part.bytes());
                case CopyAnswer.NotYet _ ->
                    Reply.of(ResponseCode.SYSTEM_BUSY, "this part is not on disk yet, try again");
                case CopyEnded(String why) -> Reply.of(ResponseCode.ILLEGAL_OPERATION, why);
            };
        } catch (IllegalArgumentException e) {
            throw new BadRequest(ResponseCode.INVALID_PARAMETER, String.valueOf(e.getMessage()));
        }
    }

    private void end(Request request) {
        String copy = request.required("copy");
        aside.answer(request, () -> {
            copies.end(copy);
            return Reply.ok();
        });
    }
}
