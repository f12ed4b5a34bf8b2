package io.carillon.server;

import io.carillon.base.ByteSize;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A setting that may be changed while the server runs, and to what. THE list of them: whatever is not in it is fixed from
 * the start on, such as every path, address and port, who may do what, and TLS. Whoever adds one sees to it that a
 * change takes effect in what runs ({@link RunningSettings}).
 *
 * @param min with {@code max}: what it may be, both inclusive; null where each value of its type will do
 */
record Changeable(
        String key,
        Owner owner,
        @Nullable Object min,
        @Nullable Object max) {
    /** Whose settings are changed and kept together. */
    enum Owner {
        BROKER("broker.settings"),
        NAME_SERVER("nameserver.settings");

        private final String file;

        Owner(String file) {
            this.file = file;
        }

        /** The name of the file in the data folder that keeps what was changed. */
        String file() {
            return file;
        }
    }

    private static final Duration MS = Duration.ofMillis(1);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration CENTURY = Duration.ofDays(36_525);

    private static final Map<String, Changeable> ALL = byKey(List.of(
            broker("broker.auto-create-topics"),
            broker("broker.auto-create-groups"),
            broker("broker.auto-create-queues", 1, 16_384),
            broker("broker.message-size-max", ByteSize.kib(1), ByteSize.mib(64)),
            broker("broker.client-timeout", SECOND, DAY),
            broker("broker.lock-timeout", SECOND, DAY),
            broker("broker.pull-messages-max", 1, 100_000),
            broker("broker.pull-bytes-max", ByteSize.kib(1), ByteSize.mib(16)),
            broker("broker.long-poll-max", MS, HOUR),
            broker("broker.long-polls-max", 0, 10_000_000),
            broker("broker.store-replies"),
            broker("broker.property-filter"),
            broker("broker.light-queues-max", 0, 1_000_000),
            broker("pop.in-flight-max", 1, 1_000_000),
            broker("pop.in-flight-total-max", 1, 100_000_000),
            broker("pop.polls-max", 1, 1_000_000),
            broker("schedule.delay-max", Duration.ZERO, CENTURY),
            broker("schedule.catch-up-rate", 1, 100_000_000),
            broker("schedule.keys-max", 1, 100_000_000),
            broker("schedule.loaded-max", 1000, 100_000_000),
            broker("transaction.enabled"),
            broker("transaction.timeout", Duration.ZERO, DAY),
            broker("transaction.check-interval", MS, DAY),
            broker("transaction.checks-max", 1, 10_000),
            broker("transaction.orphan-after", Duration.ZERO, CENTURY),
            broker("transaction.check-rate", 1, 1_000_000),
            broker("transaction.undecided-max", 1, 10_000_000),
            broker("log.flush-interval", MS, MINUTE),
            broker("log.checkpoint-interval", Duration.ofMillis(100), HOUR),
            broker("log.checkpoint-bytes", ByteSize.mib(1), ByteSize.gib(64)),
            broker("log.keep-for", MINUTE, CENTURY),
            broker("log.keep-at-most", new ByteSize(0), ByteSize.gib(1 << 20)),
            broker("log.disk-use-max", 1, 100),
            broker("log.disk-reserve", new ByteSize(0), ByteSize.gib(1 << 20)),
            broker("log.hot-bytes", new ByteSize(0), ByteSize.gib(1 << 20)),
            broker("remoting.connections-max", 1, 1_000_000),
            broker("remoting.connections-per-address", 1, 1_000_000),
            broker("remoting.in-flight-in-all", ByteSize.mib(32), ByteSize.gib(64)),
            nameServer("nameserver.heartbeat-timeout", SECOND, DAY),
            nameServer("nameserver.acting-master", null, null),
            nameServer("nameserver.ordered-topics", null, null),
            nameServer("nameserver.kv-entries-max", 0, 1_000_000)));

    private static Changeable broker(String key) {
        return broker(key, null, null);
    }

    private static Changeable broker(String key, @Nullable Object min, @Nullable Object max) {
        return new Changeable(key, Owner.BROKER, min, max);
    }

    private static Changeable nameServer(String key, @Nullable Object min, @Nullable Object max) {
        return new Changeable(key, Owner.NAME_SERVER, min, max);
    }

    private static Map<String, Changeable> byKey(List<Changeable> all) {
        Map<String, Changeable> map = new LinkedHashMap<>();
        all.forEach(one -> map.put(one.key, one));
        return Collections.unmodifiableMap(map);
    }

    /** By key, in the order of the configuration. */
    static Map<String, Changeable> all() {
        return ALL;
    }

    /** The one of this key, or null when it is fixed. */
    static @Nullable Changeable of(String key) {
        return ALL.get(key);
    }

    /**
     * Reads a value for it.
     *
     * @throws IllegalArgumentException when it is none, or out of range, saying what may be
     */
    Object parse(Setting setting, String text) {
        try {
            Object value = SettingText.parse(setting.type(), text);
            if (min != null && max != null && (number(value) < number(min) || number(value) > number(max))) {
                throw new IllegalArgumentException("must be " + range() + ", not " + SettingText.show(value));
            }
            return value;
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("must be " + range() + ", not " + text, e);
        }
    }

    /** What it may be, for people; empty where each value of its type will do. */
    String range() {
        return min == null || max == null ? "" : "from " + SettingText.show(min) + " to " + SettingText.show(max);
    }

    private static long number(Object value) {
        return switch (value) {
            case Duration duration -> duration.toMillis();
            case ByteSize size -> size.bytes();
            case Number number -> number.longValue();
            default -> throw new IllegalStateException("no range can be of " + value.getClass());
        };
    }
}
