package io.carillon.broker.access;

import java.util.Locale;
import java.util.Optional;

/** The kinds of things that policies are about. */
public enum ResourceType {
    ANY,
    CLUSTER,
    NAMESPACE,
    TOPIC,
    GROUP;

    static Optional<ResourceType> of(String name) {
        for (ResourceType type : values()) {
            if (type.text().equalsIgnoreCase(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** Such as {@code Topic}. */
    public String text() {
        return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
    }
}
