package io.carillon.base.delayqueue;

/** Where a message is, as a group sees it. An engine need not tell all of them apart. */
public enum MessageState {
    /** It waits until it is due, or is tried again. */
    SCHEDULED,
    /** It is due, and nobody of the group has it. */
    READY,
    /** Somebody of the group has it. */
    IN_FLIGHT,
    /** It was handed out to the group, and the engine does not tell whether it is settled. */
    DELIVERED,
    /** It is settled. */
    ACKNOWLEDGED,
    /** It was cancelled before anybody got it. */
    CANCELLED,
    /** Its time to live was over before anybody got it. */
    EXPIRED,
    /** It was tried as often as may be. */
    DEAD
}
