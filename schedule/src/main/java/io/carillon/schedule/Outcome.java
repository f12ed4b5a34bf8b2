package io.carillon.schedule;

/** What came of an order about a waiting message. */
public enum Outcome {
    /** It was done. */
    DONE,
    /** It was not done: the message was delivered before, or is being delivered. */
    LEFT,
    /** It was not done: the message was cancelled before. */
    CANCELLED,
    /** There is no such message, or it is not known any more. */
    NOT_FOUND,
    /** It was not done: another message has the key. */
    KEY_TAKEN,
    /** It was not done: as many messages with keys wait as may. */
    TOO_MANY_KEYS,
    /** It was not done: the message's topic takes nothing now. */
    HELD,
    /** The log takes nothing now: all stays as it was. */
    REFUSED
}
