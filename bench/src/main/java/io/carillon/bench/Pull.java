package io.carillon.bench;

import java.util.LinkedHashMap;

/**
 * The pull requests of one queue, and where the next one starts. One request is in flight at a time, so the number of the
 * queue is the opaque.
 */
final class Pull {
    static final String CONSUMER_GROUP = "bench_consumer";

    private static final int PULL_MESSAGE = 11;
    private static final int MAY_WAIT = 2;
    private static final int HAS_SUBSCRIPTION = 4;
    private static final long SUSPEND_MS = 15_000;

    private final String topic;
    private final int queue;
    private final int opaque;
    private final boolean waits;
    private long offset;

    Pull(String topic, int queue, int opaque, boolean waits, long offset) {
        this.topic = topic;
        this.queue = queue;
        this.opaque = opaque;
        this.waits = waits;
        this.offset = offset;
    }

    long offset() {
        return offset;
    }

    void moveTo(long nextOffset) {
        offset = nextOffset;
    }

    byte[] encode() {
        var fields = new LinkedHashMap<String, String>();
        fields.put("consumerGroup", CONSUMER_GROUP);
        fields.put("topic", topic);
        fields.put("queueId", Integer.toString(queue));
        fields.put("queueOffset", Long.toString(offset));
        fields.put("maxMsgNums", "32");
        fields.put("sysFlag", Integer.toString(waits ? HAS_SUBSCRIPTION | MAY_WAIT : HAS_SUBSCRIPTION));
        fields.put("commitOffset", "0");
        fields.put("suspendTimeoutMillis", Long.toString(waits ? SUSPEND_MS : 0));
        fields.put("subscription", "*");
        fields.put("subVersion", "0");
        fields.put("expressionType", "TAG");
        fields.put("bname", SendShape.BROKER_NAME);
        return new Frame(PULL_MESSAGE, opaque, fields).encode(HeaderFormat.JSON);
    }
}
