package io.carillon.testkit;

/** How a storage call fails. */
public enum Fault {
    /** The device refuses. Nothing is changed by the call; a failed force leaves what it should have forced in doubt. */
    IO_ERROR,
    /** There is no room. Nothing is changed by the call. */
    DISK_FULL,
    /** A write stops half way because there is no room. */
    SHORT_WRITE
}
