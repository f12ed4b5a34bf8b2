package io.carillon.broker.pop;

/**
 * How much consumers may pop and leave unsettled.
 *
 * @param inFlightMax how many messages of one queue a group may have in flight; then it gets none until it settles some
 * @param inFlightTotalMax how many messages may be in flight in the whole broker: each takes some 60 bytes of memory
 * @param pollsMax how many consumers of one group may wait for one topic
 */
public record PopConfig(int inFlightMax, int inFlightTotalMax, int pollsMax) {
    public static final PopConfig DEFAULT = new PopConfig(20_000, 2_000_000, 1024);

    public PopConfig {
        requirePositive("inFlightMax", inFlightMax);
        requirePositive("inFlightTotalMax", inFlightTotalMax);
        requirePositive("pollsMax", pollsMax);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, not " + value);
        }
    }
}
