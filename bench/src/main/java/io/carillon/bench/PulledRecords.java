package io.carillon.bench;

import java.nio.ByteBuffer;

/**
 * Walks over the stored messages in the answer to a pull and checks that they are the wanted ones: consecutive queue offsets
 * from the one asked for. Hosts are IPv4, as the load runs over the loopback.
 */
final class PulledRecords {
    private static final int QUEUE_OFFSET_AT = 20;
    private static final int BODY_AT = 88;

    /** Told of each message. */
    interface Sink {
        /** What the sender wrote at the start of the body, see {@link SendFrame#put}. */
        void message(long sentAtNs, long mark);
    }

    private PulledRecords() {}

    /** How many messages there are, or -1 when they are not the ones that were asked for. */
    static int walk(Answer answer, long queueOffset, Sink sink) {
        ByteBuffer bytes = answer.bytes();
        int at = answer.bodyAt();
        int count = 0;
        while (at < answer.end()) {
            int size = bytes.getInt(at);
            if (size < BODY_AT + SendFrame.BODY_BYTES_MIN
                    || bytes.getLong(at + QUEUE_OFFSET_AT) != queueOffset + count) {
                return -1;
            }
            sink.message(bytes.getLong(at + BODY_AT), bytes.getLong(at + BODY_AT + Long.BYTES));
            at += size;
            count++;
        }
        return count;
    }
}
