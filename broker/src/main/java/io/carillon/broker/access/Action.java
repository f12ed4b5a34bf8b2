package io.carillon.broker.access;

import java.util.Locale;
import java.util.Optional;

/** What can be done to a resource. */
public enum Action {
    ALL,
    PUB,
    SUB,
    CREATE,
    UPDATE,
    DELETE,
    GET,
    LIST;

    /** The action of this name, in any case. */
    public static Optional<Action> of(String name) {
        for (Action action : values()) {
            if (action.text().equalsIgnoreCase(name)) {
                return Optional.of(action);
            }
        }
        return Optional.empty();
    }

    /** Such as {@code Pub}. */
    public String text() {
        return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
    }
}
