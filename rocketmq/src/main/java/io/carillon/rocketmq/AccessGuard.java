package io.carillon.rocketmq;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.access.Access;
import io.carillon.broker.access.SecretBox;
import io.carillon.broker.access.SecurityConfig;
import io.carillon.broker.access.User;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Guard;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.ResponseCode;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets requests through whose sender has shown who he is by their signature, and may do what they ask for: what {@link
 * Permissions} says that it takes, of a user who is super or whose policies allow it. Everything else is refused.
 */
public final class AccessGuard implements Guard {
    private static final int NAME_BYTES_MAX = 512;
    private static final int KEY_BYTES_MAX = 1024;
    private static final int FIELDS_MAX = 128;

    private final Supplier<Access> access;
    private final SecretBox box;
    private final String cluster;
    private final SecurityConfig config;
    private final Set<Integer> open;
    private final Permissions permissions = Permissions.table();
    private final FailedTries failures;
    private final Replays replays;
    private final LongAdder unknown;
    private final LongAdder denied;
    private final ThreadLocal<byte[]> names = ThreadLocal.withInitial(() -> new byte[NAME_BYTES_MAX]);
    private final ThreadLocal<byte[]> keys = ThreadLocal.withInitial(() -> new byte[KEY_BYTES_MAX]);

    /**
     * @param access who there is, and what they may do
     * @param cluster the name that policies about the cluster mean
     * @param open codes that everybody may use
     */
    public AccessGuard(
            Supplier<Access> access,
            SecretBox box,
            String cluster,
            SecurityConfig config,
            Set<Integer> open,
            Ticker ticker,
            Counters counters) {
        this.access = access;
        this.box = box;
        this.cluster = cluster;
        this.config = config;
        this.open = Set.copyOf(open);
        failures = new FailedTries(ticker);
        replays = new Replays(ticker);
        unknown = counters.counter("security_unauthenticated_requests");
        denied = counters.counter("security_denied_requests");
    }

    @Override
    public boolean knows(Connection connection) {
        return !open.isEmpty() || Session.userOf(connection) != null;
    }

    @Override
    public boolean admits(Request request) {
        Permission permission = permissions.of(request.code());
        if (permission != null && !open.isEmpty() && open.contains(request.code())) {
            return true;
        }
        Session session = Session.of(request.connection(), access);
        User user = authenticated(request, session);
        if (user == null) {
            return false;
        }
        session.admitted(user);
        String refusal = refusal(request, permission, session, user);
        if (refusal == null) {
            return true;
        }
        denied.increment();
        refuse(request, refusal);
        return false;
    }

    private static void refuse(Request request, String why) {
        request.reply(Reply.of(ResponseCode.NO_PERMISSION, why));
    }

    private @Nullable User authenticated(Request request, Session session) {
        byte[] name = names.get();
        int length = request.copyExt(Session.ACCESS_KEY, name);
        User user = length <= 0 || length > name.length || request.extCount() > FIELDS_MAX
                ? null
                : session.claim(access.get(), box, name, length);
        String claimed = user == null ? "" : user.name();
        boolean isGuess = !session.isProven() && failures.areTooMany(session.from(), claimed);
        if (!isGuess && user != null && user.isEnabled() && session.isSigned(request)) {
            return user;
        }
        unknown.increment();
        if (isGuess) {
            refuse(request, "too many failed tries from " + session.from().getHostAddress() + ", try again later");
            session.connection().close();
        } else {
            failures.failed(session.from(), claimed);
            refuse(request, fault(request, user));
        }
        return null;
    }

    private static String fault(Request request, @Nullable User user) {
        String name = request.ext(Session.ACCESS_KEY);
        if (name == null || name.isEmpty()) {
            return "username cannot be null.";
        }
        if (request.extCount() > FIELDS_MAX) {
            return "a signed request has at most " + FIELDS_MAX + " header fields";
        }
        if (user == null) {
            return "User:" + JsonFields.cut(name) + " is not found.";
        }
        return user.isEnabled() ? "check signature failed." : "User:" + user.name() + " is disabled.";
    }

    /** Why the user may not have this done; null when he may. */
    private @Nullable String refusal(Request request, @Nullable Permission permission, Session session, User user) {
        if (permission == null) {
            return "request code " + request.code() + " is used by nobody: it is not known what right it takes";
        }
        String refusal = user.isSuper() ? null : policyRefusal(request, permission, session, user);
        if (refusal == null
                && permission.isOrder()
                && mustBeFresh(session)
                && replays.isReplay(session.signature(), session.connection(), session.from())) {
            return "the same signed request came on another connection within five minutes, so this may be a replay by"
                    + " somebody who listens: wait, or connect by TLS";
        }
        return refusal;
    }

    private boolean mustBeFresh(Session session) {
        return switch (config.replayCheck()) {
            case OFF -> false;
            case REMOTE ->
                // What another server passed on came over a network, though its client be on that server's own machine.
                !session.connection().isEncrypted()
                        && (session.connection().isRelayed() || !session.from().isLoopbackAddress());
            case ALWAYS -> true;
        };
    }

    private @Nullable String policyRefusal(Request request, Permission permission, Session session, User user) {
        byte[] key = keys.get();
        int length = permission.isRemembered() ? keyOf(request, permission.fields(), key) : -1;
        if (length >= 0 && session.remembered().has(permission.code(), key, length)) {
            return null;
        }
        for (Wanted wanted : permission.wants().of(request, cluster)) {
            String refusal = refusal(wanted, session, user);
            if (refusal != null) {
                return refusal;
            }
        }
        if (length >= 0) {
            session.remembered().add(permission.code(), key, length);
        }
        return null;
    }

    private @Nullable String refusal(Wanted wanted, Session session, User user) {
        Access.Answer answer =
                access.get().decide(user.name(), wanted.type(), wanted.name(), wanted.anyOf(), session.from());
        return switch (answer) {
            case ALLOWED -> null;
            case DENIED -> noPermission(wanted, session, user) + "the decision is deny.";
            case NOTHING_MATCHES -> noPermission(wanted, session, user) + "no matched policies.";
        };
    }

    private static String noPermission(Wanted wanted, Session session, User user) {
        return "User:" + user.name() + " has no permission to access " + wanted.resource() + " from "
                + session.from().getHostAddress() + ", ";
    }

    /** Puts the values one behind the other, each with its length; -1 when there is no room. */
    private static int keyOf(Request request, List<String> fields, byte[] into) {
        int at = 0;
        for (int i = 0; i < fields.size(); i++) {
            int length = request.copyExt(fields.get(i), into, at + 2);
            if (Math.max(0, length) > into.length - at - 2) {
                return -1;
            }
            into[at] = (byte) (length >> 8);
            into[at + 1] = (byte) length;
            at += 2 + Math.max(0, length);
        }
        return at;
    }
}
