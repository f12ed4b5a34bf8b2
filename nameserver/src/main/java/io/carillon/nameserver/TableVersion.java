package io.carillon.nameserver;

/**
 * The version of a broker's topic table, as the broker counts it.
 *
 * @param stateVersion rises with each new master of a group; an older master cannot take the place of a newer one
 */
public record TableVersion(long stateVersion, long timestampMs, long counter) {
    /** Equal to no version that a broker sends: a peer that compares finds a difference and registers in full. */
    TableVersion unknown() {
        return new TableVersion(stateVersion, -1, -1);
    }
}
