package io.carillon.log;

/** Why the log did not take what was handed in. Nothing of it was stored, but with {@link #NOT_LEADER}. */
public enum Refusal {
    /** There is no room for another segment; it passes when retention or an operator makes room. */
    DISK_FULL,
    /** A write or a force failed: the log takes nothing more until the process is started again. */
    FAULT,
    /** The log is closed or closing. */
    CLOSED,
    /** The batch is larger than a segment holds. */
    TOO_LARGE,
    /** This replica does not lead, or leads no more: then what was handed in may be stored, and may be sent again. */
    NOT_LEADER
}
