package io.carillon.base.delayqueue;

/** What became of an acknowledgement. */
public enum Settled {
    /** The message is settled for this group, by this receipt or was so before. */
    DONE,
    /** The time was over: the message was or will be handed out to another. */
    TOO_LATE,
    /** It is no receipt of this topic and group. */
    INVALID
}
