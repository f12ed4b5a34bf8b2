package io.carillon.base;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** A text that must not be shown: it has no text form but a row of stars. */
public final class Secret {
    public static final Secret NONE = new Secret("");

    private final String text;

    private Secret(String text) {
        this.text = text;
    }

    public static Secret of(String text) {
        return text.isEmpty() ? NONE : new Secret(text);
    }

    public boolean isEmpty() {
        return text.isEmpty();
    }

    /** What is kept secret, for who needs it. */
    public String reveal() {
        return text;
    }

    /** What is kept secret, as UTF-8. */
    public byte[] bytes() {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && MessageDigest.isEqual(secret.bytes(), bytes());
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return isEmpty() ? "" : "******";
    }
}
