package io.carillon.rocketmq;

import io.carillon.broker.pop.RetryKind;
import io.carillon.remoting.BadRequest;

/**
 * What a consumer shows to settle a message that it popped (protocol: property {@code POP_CK} and header field {@code
 * extraInfo}), its parts divided by single spaces:
 *
 * <pre>
 * start offset | popped ms | invisible ms | revive queue | kind of topic 0, 1 or 2 | broker | queue | offset | log offset?
 * </pre>
 *
 * @param poppedMs since when the message counts as handed out
 * @param reviveQueue a number of RocketMQ's own, which says here only whether it was handed out in order
 */
record Receipt(long poppedMs, int reviveQueue) {
    /** What was handed out in order bears this number. */
    static final int IN_ORDER = 999;

    private static final int PARTS_MIN = 4;

    /** @throws BadRequest when it is none */
    static Receipt parse(String text) {
        String[] parts = text.split(" ", -1);
        if (parts.length < PARTS_MIN) {
            throw new BadRequest("the receipt [" + JsonFields.cut(text) + "] has " + parts.length
                    + " parts, a receipt has 8 or 9 that are divided by spaces");
        }
        try {
            return new Receipt(Long.parseLong(parts[1]), Integer.parseInt(parts[3]));
        } catch (NumberFormatException _) {
            throw new BadRequest("the receipt [" + JsonFields.cut(text) + "] has no number where one belongs");
        }
    }

    static int reviveQueue(boolean isOrdered) {
        return isOrdered ? IN_ORDER : 0;
    }

    /** The receipt of one message. */
    static String text(
            long start,
            long poppedMs,
            long invisibleMs,
            boolean isOrdered,
            RetryKind kind,
            String broker,
            int queue,
            long offset) {
        return start + " " + poppedMs + " " + invisibleMs + " " + reviveQueue(isOrdered) + " " + kind.mark() + " "
                + broker + " " + queue + " " + offset;
    }
}
