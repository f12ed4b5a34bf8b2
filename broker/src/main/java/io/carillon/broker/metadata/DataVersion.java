package io.carillon.broker.metadata;

/** How often a table was changed, for peers that compare copies of it. */
public record DataVersion(long stateVersion, long timestampMs, long counter) {
    static final DataVersion NONE = new DataVersion(0, 0, 0);

    DataVersion next(long nowMs) {
        return new DataVersion(stateVersion, nowMs, counter + 1);
    }

    void put(ByteWriter to) {
        to.putLong(stateVersion);
        to.putLong(timestampMs);
        to.putLong(counter);
    }

    static DataVersion read(ByteReader from) {
        return new DataVersion(from.readLong(), from.readLong(), from.readLong());
    }
}
