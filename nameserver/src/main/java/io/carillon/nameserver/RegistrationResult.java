package io.carillon.nameserver;

import org.jspecify.annotations.Nullable;

/** What became of a registration. */
public sealed interface RegistrationResult {
    /**
     * In force.
     *
     * @param masterAddress the master of the group, null for the master itself and when there is none
     * @param masterHaAddress where the master serves its slaves, null likewise
     */
    record Registered(
            @Nullable String masterAddress, @Nullable String masterHaAddress) implements RegistrationResult {}

    /** Refused: a broker at another address holds the id with a newer state. */
    record Stale(String detail) implements RegistrationResult {}
}
