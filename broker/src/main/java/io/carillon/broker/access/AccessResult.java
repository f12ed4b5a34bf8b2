package io.carillon.broker.access;

import io.carillon.log.Refusal;

/** What became of a wish to change users or policies. */
public sealed interface AccessResult {
    /** It is durable and in force. */
    record Done() implements AccessResult {}

    /** It is not allowed, or makes no sense; nothing was changed. */
    record Denied(String why) implements AccessResult {}

    /** The log did not take it; nothing was changed. */
    record NotWritten(Refusal refusal) implements AccessResult {}
}
