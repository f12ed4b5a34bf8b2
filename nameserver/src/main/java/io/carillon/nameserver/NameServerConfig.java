package io.carillon.nameserver;

import java.time.Duration;

/**
 * How a name server behaves.
 *
 * @param heartbeatTimeout how long a broker may be silent before its routes go, unless its registration says otherwise
 * @param actingMaster whether the smallest live id of a broker group without a master takes the master's place in
 *     routes, read-only, for groups that ask for it
 * @param orderedTopics whether routes carry the order setting that was stored for their topic
 * @param kvEntriesMax how many key-value settings are kept at most, over all namespaces
 */
public record NameServerConfig(
        Duration heartbeatTimeout, boolean actingMaster, boolean orderedTopics, int kvEntriesMax) {

    public static final NameServerConfig DEFAULT = new NameServerConfig(Duration.ofMinutes(2), false, false, 10_000);

    public NameServerConfig {
        if (!heartbeatTimeout.isPositive()) {
            throw new IllegalArgumentException("heartbeatTimeout must be positive: " + heartbeatTimeout);
        }
        if (kvEntriesMax < 0) {
            throw new IllegalArgumentException("kvEntriesMax is negative: " + kvEntriesMax);
        }
    }
}
