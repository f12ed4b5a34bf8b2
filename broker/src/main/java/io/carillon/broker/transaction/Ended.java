package io.carillon.broker.transaction;

import io.carillon.log.Refusal;

/** What came of a decision, or of a wish to go on asking. */
public sealed interface Ended {
    /** The decision stands, as durable as the flush mode makes it; maybe it stood before. */
    record Done() implements Ended {}

    /** The log did not take it; the half is as it was. */
    record NotStored(Refusal why) implements Ended {}

    /** @param detail a sentence for the client */
    record Refused(Reason reason, String detail) implements Ended {}

    /** Kinds of refusal; a front maps each to its protocol's code. */
    enum Reason {
        /** Nothing stands there, or nothing that is the half of a transaction. */
        NO_HALF,
        /** The half is there, but what was said of it is not true. */
        WRONG,
        /** Who decides must not send to the topic that the message goes to. */
        NO_PERMISSION,
        /** The producer said that it wants to be asked, and it is too late to decide without that. */
        TOO_LATE,
        /** It was decided otherwise before, or moved away undecided. */
        DECIDED,
        /** The topic that the message goes to is gone. */
        NO_TOPIC,
        /** Something went wrong in the broker. */
        FAILED
    }

    Ended DONE = new Done();
}
