package io.carillon.remoting;

import io.carillon.base.ByteSize;
import java.time.Duration;

/**
 * What the sockets of this process allow their peers.
 *
 * @param frameMax the largest frame that is read or written; a longer one closes the connection
 * @param frameMaxBeforeAuthentication the largest frame that is read from a peer which has not shown yet who it is, where
 *     that is asked for; a producer's first request may be a message
 * @param frameWithin in how long a frame that has begun to come must be whole, or 64 KiB more of it must be there;
 *     otherwise the connection is closed. The time stands still while the connection is not read
 * @param headerMax the largest header of a frame; a longer one closes the connection. A message's properties travel there:
 *     32 KiB of them take up to 192 KiB, where JSON must escape each character, and all else fits in 64 KiB. Requests
 *     that carry neither properties nor a filter are refused above 64 KiB
 * @param connectionsMax how many connections one server keeps open; more are closed as they come
 * @param connectionsPerAddress how many of them may come from one address other than this machine's own
 * @param inFlightPerConnection bytes of requests without an answer above which a connection is not read
 * @param inFlightInAll bytes of unanswered requests, unfinished frames and unsent answers of all connections together
 *     above which connections are not read
 * @param unsentPerConnection bytes of answers that a peer has not taken above which its connection is not read
 * @param idleTimeout how long a connection may send nothing before it is closed
 * @param authenticateWithin how long a connection may stay open without a request from somebody who has shown who he is,
 *     where that is asked for
 * @param closeGrace how long a closing server waits for the answers that are still due
 * @param trustedProxies addresses of the proxies, divided by commas, whose word is taken for who connects through them
 *     (PROXY protocol 1 and 2), and of servers that relay to this one; {@code any} where nobody can connect past them; empty for none
 */
public record RemotingConfig(
        ByteSize frameMax,
        ByteSize frameMaxBeforeAuthentication,
        Duration frameWithin,
        ByteSize headerMax,
        int connectionsMax,
        int connectionsPerAddress,
        ByteSize inFlightPerConnection,
        ByteSize inFlightInAll,
        ByteSize unsentPerConnection,
        Duration idleTimeout,
        Duration authenticateWithin,
        Duration closeGrace,
        String trustedProxies) {

    public static final RemotingConfig DEFAULT = new RemotingConfig(
            ByteSize.mib(16),
            ByteSize.mib(5),
            Duration.ofSeconds(30),
            ByteSize.kib(256),
            10_000,
            1_000,
            ByteSize.mib(16),
            ByteSize.mib(128),
            ByteSize.mib(1),
            Duration.ofSeconds(120),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            "");

    public RemotingConfig {
        within("frameMax", frameMax, 1 << 10, 64 << 20);
        within("frameMaxBeforeAuthentication", frameMaxBeforeAuthentication, 1 << 10, 64 << 20);
        if (frameWithin.compareTo(Duration.ofMillis(100)) < 0) {
            throw new IllegalArgumentException("frameWithin must be at least 100ms, not " + frameWithin);
        }
        within("headerMax", headerMax, 256, frameMax.bytes());
        within("inFlightPerConnection", inFlightPerConnection, 1 << 10, 1 << 30);
        within("inFlightInAll", inFlightInAll, 2 * frameMax.bytes(), 1L << 40);
        within("unsentPerConnection", unsentPerConnection, 1 << 10, 1 << 30);
        if (connectionsMax < 1) {
            throw new IllegalArgumentException("connectionsMax must be at least 1, not " + connectionsMax);
        }
        if (connectionsPerAddress < 1) {
            throw new IllegalArgumentException(
                    "connectionsPerAddress must be at least 1, not " + connectionsPerAddress);
        }
        if (authenticateWithin.compareTo(Duration.ofMillis(100)) < 0) {
            throw new IllegalArgumentException("authenticateWithin must be at least 100ms, not " + authenticateWithin);
        }
        if (idleTimeout.compareTo(Duration.ofMillis(100)) < 0) {
            throw new IllegalArgumentException("idleTimeout must be at least 100ms, not " + idleTimeout);
        }
        TrustedProxies.of(trustedProxies); // refuses what is no address
        if (closeGrace.isNegative()) {
            throw new IllegalArgumentException("closeGrace must not be negative: " + closeGrace);
        }
    }

    private static void within(String name, ByteSize size, long least, long most) {
        if (size.bytes() < least || size.bytes() > most) {
            throw new IllegalArgumentException(
                    name + " must be from " + new ByteSize(least) + " to " + new ByteSize(most) + ", not " + size);
        }
    }
}
