package io.carillon.rocketmq;

import io.carillon.broker.access.Access;
import io.carillon.broker.access.ResourceType;
import io.carillon.broker.access.SecretBox;
import io.carillon.broker.access.User;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Request;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of one connection, and what he was found to be allowed there. Every request is signed and
 * checked; kept are the user's key and decisions, until users or policies change. Only on the connection's I/O thread,
 * but where it says otherwise.
 */
final class Session {
    static final String ACCESS_KEY = "AccessKey";
    static final String SIGNATURE = "Signature";

    /** A field that clients up to 4.9.3 add after they have signed. */
    private static final String UNIQUE_KEY_QUERY = "_UNIQUE_KEY_QUERY";

    private static final int V4_9_3 = 399;
    private static final String ALGORITHM = "HmacSHA1";
    private static final int MAC_BYTES = 20;
    private static final int SIGNATURE_BYTES = 28;

    private final InetAddress from;
    private final Connection connection;
    private final Supplier<Access> current;
    private final byte[] mine = new byte[MAC_BYTES];
    private final byte[] signature = new byte[SIGNATURE_BYTES];
    private byte[] name = {};
    private Access access = Access.NOBODY;
    private final RememberedRights remembered = new RememberedRights();
    private @Nullable User claimed;
    private @Nullable Mac mac;
    private volatile @Nullable User user;

    /** By which name the last admitted request came; the same array as {@link #name} as long as none came by another. */
    private byte[] provenName = {};

    private Session(Connection connection, Supplier<Access> current) {
        this.connection = connection;
        this.current = current;
        InetAddress address = connection.remoteAddress().getAddress();
        from = address == null ? InetAddress.getLoopbackAddress() : address;
    }

    /** @param current who there is, and what they may do */
    static Session of(Connection connection, Supplier<Access> current) {
        Session session = connection.attachment(Session.class);
        if (session == null) {
            session = new Session(connection, current);
            connection.attach(Session.class, session);
        }
        return session;
    }

    /** Who sent the last request that was admitted on a connection; null when nobody has shown who he is. Any thread. */
    static @Nullable User userOf(Connection connection) {
        Session session = connection.attachment(Session.class);
        return session == null ? null : session.user;
    }

    /**
     * Whether whoever is at the other end may be shown what is sent to a topic before it is there: he may send to it
     * himself, by what holds now. Where nobody is checked everybody may. Any thread.
     */
    static boolean mayPublish(Connection connection, String topic) {
        Session session = connection.attachment(Session.class);
        return session == null || session.mayPublish(topic);
    }

    private boolean mayPublish(String topic) {
        User known = user;
        Access now = current.get();
        User who = known == null ? null : now.find(known.name());
        if (who == null || !who.isEnabled()) {
            return false;
        }
        return who.isSuper()
                || now.decide(who.name(), ResourceType.TOPIC, topic, Rights.PUB, from) == Access.Answer.ALLOWED;
    }

    InetAddress from() {
        return from;
    }

    Connection connection() {
        return connection;
    }

    RememberedRights remembered() {
        return remembered;
    }

    /** Finds the user of this name, and forgets what was kept when it is another one, or anything has changed. */
    @Nullable
    @SuppressWarnings("ReferenceEquality") // it is replaced whole, and to compare all users would take long
    User claim(Access now, SecretBox box, byte[] claimedName, int length) {
        boolean isSame = now == access && Arrays.equals(name, 0, name.length, claimedName, 0, length);
        if (!isSame) {
            access = now;
            name = Arrays.copyOf(claimedName, length);
            remembered.clear();
            mac = null; // whatever happens next: never another user's key
            User found = now.find(new String(name, StandardCharsets.UTF_8));
            claimed = found;
            if (found != null && found.isEnabled() && box.canOpen(found)) {
                mac = macOf(box.open(found));
            }
        }
        return claimed;
    }

    private static Mac macOf(byte[] secret) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java lacks " + ALGORITHM, e);
        }
    }

    /** Whether the request bears the signature of the user who was claimed; takes as long whatever is wrong with it. */
    boolean isSigned(Request request) {
        Mac by = mac;
        if (by == null || request.copyExt(SIGNATURE, signature) != SIGNATURE_BYTES) {
            return false;
        }
        request.feed(by, SIGNATURE, request.version() <= V4_9_3 ? UNIQUE_KEY_QUERY : null);
        try {
            by.doFinal(mine, 0);
        } catch (ShortBufferException e) {
            throw new IllegalStateException(ALGORITHM + " gives more than " + MAC_BYTES + " bytes", e);
        }
        return MessageDigest.isEqual(Base64.getEncoder().encode(mine), signature);
    }

    /** The signature that was checked last. */
    byte[] signature() {
        return signature.clone();
    }

    /** Whether requests came on this connection that were signed by the user who was claimed last. */
    boolean isProven() {
        return user != null && Arrays.equals(provenName, name);
    }

    void admitted(User who) {
        provenName = name;
        user = who;
    }
}
