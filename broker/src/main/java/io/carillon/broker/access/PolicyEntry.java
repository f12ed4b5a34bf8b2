package io.carillon.broker.access;

import java.net.InetAddress;
import java.util.List;
import java.util.Set;

/**
 * One line of a policy.
 *
 * @param sources where requests must come from; empty for anywhere
 */
public record PolicyEntry(Resource resource, Set<Action> actions, List<SourceRange> sources, Decision decision) {
    static final int SOURCES_MAX = 64;

    /** What becomes of a request that matches. */
    public enum Decision {
        ALLOW,
        DENY;

        /** Such as {@code Allow}. */
        public String text() {
            return this == ALLOW ? "Allow" : "Deny";
        }
    }

    public PolicyEntry {
        actions = Set.copyOf(actions);
        sources = List.copyOf(sources);
        if (actions.isEmpty()) {
            throw new IllegalArgumentException("The actions is empty.");
        }
        if (sources.size() > SOURCES_MAX) {
            throw new IllegalArgumentException("an entry names at most " + SOURCES_MAX + " source addresses");
        }
    }

    boolean matches(ResourceType type, String name, Set<Action> anyOf, InetAddress from) {
        return resource.matches(type, name) && grants(anyOf) && comesFrom(from);
    }

    private boolean grants(Set<Action> anyOf) {
        if (actions.contains(Action.ALL)) {
            return true;
        }
        for (Action action : anyOf) {
            if (actions.contains(action)) {
                return true;
            }
        }
        return false;
    }

    private boolean comesFrom(InetAddress address) {
        if (sources.isEmpty()) {
            return true;
        }
        for (SourceRange range : sources) {
            if (range.contains(address)) {
                return true;
            }
        }
        return false;
    }
}
