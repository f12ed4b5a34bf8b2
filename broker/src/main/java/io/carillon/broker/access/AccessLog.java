package io.carillon.broker.access;

import io.carillon.log.Refusal;
import org.jspecify.annotations.Nullable;

/** PORT: where changes of users and policies are written to. */
@FunctionalInterface
public interface AccessLog {
    /** Told once what became of a change: null when it is durable and in force. Any thread. */
    @FunctionalInterface
    interface Written {
        void done(@Nullable Refusal refusal);
    }

    void append(byte[] change, Written written);
}
