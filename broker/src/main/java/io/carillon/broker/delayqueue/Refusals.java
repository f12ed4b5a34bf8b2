package io.carillon.broker.delayqueue;

import io.carillon.base.CarillonException;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Refusal.Forbidden;
import io.carillon.base.delayqueue.Refusal.Invalid;
import io.carillon.base.delayqueue.Refusal.Missing;
import io.carillon.base.delayqueue.Refusal.Unavailable;
import io.carillon.broker.consume.PullResult;
import io.carillon.broker.produce.Refused;

/** The broker's refusals in the words of the delay queue. */
final class Refusals {
    private static final long SOON_MS = 1_000;

    private Refusals() {}

    /** @throws CarillonException when it is not known what became of it */
    static Refusal of(io.carillon.log.Refusal why) {
        return switch (why) {
            case DISK_FULL ->
                new Unavailable("log", "the broker's disk is full: free some space, sends go on then", 5 * SOON_MS);
            case CLOSED -> new Unavailable("log", "the broker is stopping", SOON_MS);
            case NOT_LEADER ->
                new Unavailable(
                        "log",
                        "another member of the group leads now; whether this was stored is unknown, ask again",
                        SOON_MS);
            case TOO_LARGE -> new Invalid("messages", "the messages are larger than a segment of the log holds");
            case FAULT ->
                throw new CarillonException.StorageFault(
                        "the broker's disk failed; whether this was stored is unknown", null);
        };
    }

    static Refusal of(Refused refused, String topic) {
        return switch (refused.reason()) {
            case INVALID, ILLEGAL_MESSAGE, KEYED -> new Invalid("message", refused.detail());
            case FORBIDDEN -> new Forbidden(refused.detail());
            case NO_SUCH_TOPIC, TO_MAKE -> new Missing(Missing.What.TOPIC, topic);
            case NO_GROUP -> new Missing(Missing.What.GROUP, refused.detail());
            case NO_ROOM, BUSY -> new Unavailable("log", refused.detail(), SOON_MS);
        };
    }

    static Refusal of(PullResult.Reason reason, String text, String topic, String group) {
        return switch (reason) {
            case NO_GROUP, NO_SUBSCRIPTION, OLD_SUBSCRIPTION, BAD_SUBSCRIPTION ->
                new Missing(Missing.What.GROUP, group);
            case NO_TOPIC -> new Missing(Missing.What.TOPIC, topic);
            case NO_PERMISSION -> new Forbidden(text);
            case BAD_QUEUE, BAD_EXPRESSION, FILTER_UNSUPPORTED -> new Invalid("tags", text);
        };
    }
}
