package io.carillon.delayqueue;

import io.carillon.base.ByteSize;
import io.carillon.base.Secret;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Settings of the engine over Redis and MySQL.
 *
 * @param node this node's name in leases and logs; empty for one that is made up
 * @param mysql where the truth is
 * @param redis where the order is
 * @param delayTimer how due messages are found
 * @param delayKeep what is kept for how long
 * @param create whether topics and groups are made by their first use
 * @param waitingMax how many pulls wait at once
 * @param deliverTo where due messages go: they wait for {@code pulls}, or go into the topics of the {@code broker} in the same
 *     process too
 */
public record DelayQueueConfig(
        String node,
        MysqlConfig mysql,
        RedisConfig redis,
        DelayTimer delayTimer,
        DelayKeep delayKeep,
        boolean create,
        int waitingMax,
        DeliverTo deliverTo) {
    /** Where due messages go. */
    public enum DeliverTo {
        /** Nowhere by themselves: they wait for pulls. */
        PULLS,
        /** Into the topics of the same names of the broker in this process. */
        BROKER
    }

    public DelayQueueConfig {
        check(waitingMax > 0, "delayqueue.waiting-max must be above 0");
    }

    /** Where the stores are is not said. */
    public static final DelayQueueConfig DEFAULT = of("", "");

    /** Settings with which only the two addresses need to be said. */
    public static DelayQueueConfig of(String mysqlUrl, String redisUrl) {
        return new DelayQueueConfig(
                "",
                new MysqlConfig(
                        mysqlUrl,
                        "",
                        Secret.NONE,
                        8,
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(30),
                        Path.of(""),
                        Path.of("")),
                new RedisConfig(
                        redisUrl, "", Secret.NONE, 16, Duration.ofSeconds(2), Path.of(""), Path.of(""), Path.of("")),
                DelayTimer.DEFAULT,
                DelayKeep.DEFAULT,
                true,
                20_000,
                DeliverTo.PULLS);
    }

    /** With no longer bodies than others take. */
    public DelayQueueConfig withBodyMax(ByteSize max) {
        ByteSize least = max.bytes() < delayKeep.bodyMax().bytes() ? max : delayKeep.bodyMax();
        DelayKeep keep = new DelayKeep(
                delayKeep.retention(), delayKeep.idempotency(), delayKeep.delayMax(), delayKeep.visibility(), least);
        return new DelayQueueConfig(node, mysql, redis, delayTimer, keep, create, waitingMax, deliverTo);
    }

    /** For how many days a message that is due now is kept. */
    int keepDays() {
        return (int) delayKeep.retention().toDays() + 1;
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
