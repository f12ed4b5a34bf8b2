package io.carillon.schedule;

/** Something that is asked of the due loop about one waiting message. */
sealed interface Order {
    /** Never deliver it. */
    record Cancel(long ticket, OrderDone told) implements Order {}

    /** Deliver it at another time. */
    record Move(long ticket, long dueMs, OrderDone told) implements Order {}

    /** Deliver it now. */
    record Leave(long ticket, OrderDone told) implements Order {}

    /**
     * Append one message that has a key.
     *
     * @param key as {@link ScheduleState#keyOf(String, String)} makes it
     * @param mayReplace whether a waiting message with this key makes room
     */
    record Keyed(KeyedSend send, String key, boolean mayReplace) implements Order {}
}
