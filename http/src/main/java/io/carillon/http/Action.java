package io.carillon.http;

/** What a token may be good for. */
public enum Action {
    /** Send, cancel and reschedule. */
    SEND,
    /** Pull, acknowledge, extend and release. */
    RECEIVE,
    /** Look at messages, dead letters, topics, groups, figures. */
    VIEW,
    /** Make, change, pause and delete topics and groups; redrive dead letters. */
    MANAGE
}
