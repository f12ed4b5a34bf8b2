package io.carillon.server;

/** What keeps the messages of the delay queue's API. */
public enum DelayEngineKind {
    /** This broker. */
    EMBEDDED,
    /** Redis and MySQL. */
    REDIS_MYSQL
}
