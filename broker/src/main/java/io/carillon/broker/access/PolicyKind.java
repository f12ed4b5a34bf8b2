package io.carillon.broker.access;

import java.util.Optional;

/** What a policy is for: the default ones are asked when no custom one says anything. */
public enum PolicyKind {
    CUSTOM("Custom"),
    DEFAULT("Default");

    private final String text;

    PolicyKind(String text) {
        this.text = text;
    }

    /** The kind of this name, in any case. */
    public static Optional<PolicyKind> of(String name) {
        for (PolicyKind kind : values()) {
            if (kind.text.equalsIgnoreCase(name)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    public String text() {
        return text;
    }
}
