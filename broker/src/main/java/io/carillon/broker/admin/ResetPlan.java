package io.carillon.broker.admin;

import java.util.Map;

/** From where a group is to go on, as found out for an administrator's wish. */
public sealed interface ResetPlan {
    /**
     * What an administrator wants.
     *
     * @param queue the only queue that is meant; -1 for all
     * @param offset where to go on in that queue; -1 to find it by the time
     * @param timestampMs the group goes on from the first message that was stored at or after this time, in epoch ms;
     *     below 0: behind the newest one, all that has accumulated is skipped
     * @param isForced whether the group may be moved forward by time; otherwise messages are repeated and none skipped
     */
    record Wish(String group, String topic, int queue, long offset, long timestampMs, boolean isForced) {}

    /** The offset to go on from, by queue. */
    record Found(Map<Integer, Long> offsets) implements ResetPlan {}

    /** The wish cannot be met; {@code text} tells why. */
    record Refused(Reason reason, String text) implements ResetPlan {}

    enum Reason {
        NO_TOPIC,
        NO_GROUP,
        BAD_QUEUE,
        OUT_OF_RANGE
    }
}
