package io.carillon.broker.produce;

import org.jspecify.annotations.Nullable;

/** When and how a message is delivered, as {@link DelayRules} read it from its properties. Reused; one thread. */
final class Delivery {
    /** A {@link io.carillon.message.DueTime}, or 0 for at once. */
    long due;
    /** The key that it wants to be the only one of its topic to wait with, or null. */
    @Nullable
    String key;
    /** Whether one that has the key makes room for it. */
    boolean mayReplace;

    void clear() {
        due = 0;
        key = null;
        mayReplace = true;
    }
}
