package io.carillon.server;

/** How the process writes what it logs. */
public enum LogFormat {
    /** A line for each event: when, how grave, which thread, who, what, with {@code key=value} in it. */
    TEXT,
    /** A JSON object on a line for each event, see {@link JsonLines}. */
    JSON
}
