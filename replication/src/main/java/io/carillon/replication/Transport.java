package io.carillon.replication;

import io.carillon.base.ByteSize;
import io.carillon.base.Secret;
import io.carillon.remoting.ClientTls;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.RemotingConfig;
import io.carillon.remoting.ServerTls;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the connections between members are made of.
 *
 * @param io drives them; with {@link #LIMITS}
 * @param serverTls encrypts those that other members make; null for none
 * @param clientTls encrypts those that this member makes; null for none
 * @param secret whoever knows it is a member; empty where everybody who can connect is taken for one
 * @param random makes what is to be sealed with the secret: nobody may guess it
 */
public record Transport(
        IoGroup io,
        @Nullable ServerTls serverTls,
        @Nullable ClientTls clientTls,
        Secret secret,
        RandomGenerator random) {
    /**
     * What members may send each other. A request has up to a megabyte of entries and one more, which may be as large as a
     * message can be; sixteen of them are under way to a follower, and what is refused there costs all that come after it.
     */
    public static final RemotingConfig LIMITS = new RemotingConfig(
            ByteSize.mib(64),
            ByteSize.kib(4),
            Duration.ofSeconds(30),
            ByteSize.kib(16),
            1_000,
            1_000,
            ByteSize.mib(64),
            ByteSize.mib(256),
            ByteSize.mib(32),
            Duration.ofSeconds(120),
            Duration.ofSeconds(10),
            Duration.ZERO,
            "");
}
