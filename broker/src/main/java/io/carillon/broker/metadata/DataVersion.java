package io.carillon.broker.metadata;

/** How often a table was changed, for peers that compare copies of it. */
public record DataVersion(long stateVersion, long timestampMs, long counter) {}
