package io.carillon.broker.retry;

import io.carillon.log.Refusal;

/** What came of a {@link SendBack}. */
public sealed interface SentBack {
    /** A copy is durable as the flush mode says: it comes again, or is a dead letter. */
    record Stored(boolean isDeadLetter) implements SentBack {}

    /** The group wants no retries: nothing was stored, and the message does not come again. */
    record Dropped() implements SentBack {}

    /** Nothing was stored; {@code detail} is a sentence for the client. */
    record Refused(Reason reason, String detail) implements SentBack {}

    /** The log took nothing. */
    record NotStored(Refusal why) implements SentBack {}

    /** Why a message was not sent back; a front maps each to its protocol's code. */
    enum Reason {
        /** There is no such consumer group. */
        NO_GROUP,
        /** No message that a consumer can have got stands at this offset, or it is gone. */
        NO_MESSAGE,
        /** The topic that the copy goes to is not there, although it was just made. */
        NO_TOPIC,
        /** The topic that the copy goes to takes nothing. */
        FORBIDDEN,
        /** With what the copy says about itself, the message is larger than a record can be. */
        ILLEGAL_MESSAGE,
        /** Something of ours failed; whether a copy was stored is unknown. */
        FAILED
    }
}
