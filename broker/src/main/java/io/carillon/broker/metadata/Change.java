package io.carillon.broker.metadata;

import io.carillon.log.Refusal;
import org.jspecify.annotations.Nullable;

/** Told once what became of a change to the replicated state: null when it is durable and in force. Any thread. */
@FunctionalInterface
public interface Change {
    void done(@Nullable Refusal refusal);
}
