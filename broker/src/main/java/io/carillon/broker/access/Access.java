package io.carillon.broker.access;

import io.carillon.broker.access.PolicyEntry.Decision;
import java.net.InetAddress;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All users and policies at one moment; never changed. */
public record Access(Map<String, User> users, Map<String, Policies> policies) {
    public static final Access NOBODY = new Access(Map.of(), Map.of());

    public @Nullable User find(String name) {
        return users.get(name);
    }

    public Policies policiesOf(String user) {
        return policies.getOrDefault(user, Policies.NONE);
    }

    /**
     * Whether a user who is not super may do at least one of these; what no entry allows is denied.
     *
     * @param from where the request comes from
     */
    public Answer decide(String user, ResourceType type, String name, Set<Action> anyOf, InetAddress from) {
        Decision decision = policiesOf(user).decide(type, name, anyOf, from);
        if (decision == null) {
            return Answer.NOTHING_MATCHES;
        }
        return decision == Decision.ALLOW ? Answer.ALLOWED : Answer.DENIED;
    }

    /** What policies say to a request. */
    public enum Answer {
        ALLOWED,
        DENIED,
        NOTHING_MATCHES
    }
}
