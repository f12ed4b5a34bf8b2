package io.carillon.rocketmq;

import io.carillon.base.Ticker;
import io.carillon.log.MessageLog;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Finds messages by key, by unique id and by log offset. */
final class MessageQueryHandler implements Handlers {
    private static final int COUNT_MAX = 64;
    /** Half of what a frame may have, so that a client with the default limit takes every answer. */
    private static final int BODY_BYTES_MAX = 8 << 20;

    private final MessageLog log;
    private final Ticker ticker;
    private final Aside aside;
    private final boolean isSecure;

    /** @param isSecure whether requests come from users, of whom each may read some topics */
    MessageQueryHandler(MessageLog log, Ticker ticker, Aside aside, boolean isSecure) {
        this.log = log;
        this.ticker = ticker;
        this.aside = aside;
        this.isSecure = isSecure;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.QUERY_MESSAGE, this::byKey).on(RequestCode.VIEW_MESSAGE_BY_ID, this::byOffset);
    }

    private void byKey(Request request) {
        String topic = request.required("topic");
        String key = request.required("key");
        long fromMs = request.requiredLong("beginTimestamp");
        long toMs = request.requiredLong("endTimestamp");
        int countMax = Math.clamp(request.requiredInt("maxNum"), 1, COUNT_MAX);
        String indexType = request.ext("indexType");
        boolean isUnique = request.booleanOr("_UNIQUE_KEY_QUERY", false) || "U".equals(indexType);
        if ("T".equals(indexType)) {
            request.reply(Reply.of(ResponseCode.SYSTEM_ERROR, "there is no index by tag, only by key and unique id"));
            return;
        }
        aside.answer(request, () -> {
            List<MemorySegment> found = log.findByKey(topic, key, isUnique, fromMs, toMs, countMax, BODY_BYTES_MAX);
            Reply reply = found.isEmpty()
                    ? Reply.of(ResponseCode.QUERY_NOT_FOUND, "can not find message, maybe time range not correct")
                    : Reply.ok().body(join(found));
            return reply.ext("indexLastUpdateTimestamp", ticker.nowMs())
                    .ext("indexLastUpdatePhyoffset", log.offsetMax());
        });
    }

    private static byte[] join(List<MemorySegment> records) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        records.forEach(record -> body.writeBytes(record.toArray(ValueLayout.JAVA_BYTE)));
        return body.toByteArray();
    }

    private void byOffset(Request request) {
        long offset = request.requiredLong("offset");
        NamedTopic named = NamedTopic.of(request, "topic", "", isSecure);
        aside.answer(request, () -> {
            MemorySegment record = log.record(offset);
            named.check(log, record);
            return record == null
                    ? Reply.of(ResponseCode.SYSTEM_ERROR, "can not find message by the offset, " + offset)
                    : Reply.ok().body(record.toArray(ValueLayout.JAVA_BYTE));
        });
    }
}
