package io.carillon.broker.access;

import java.util.regex.Pattern;

/**
 * Somebody who may connect. The secret is sealed: it is read with the key of {@link SecretBox} only, and shown nowhere.
 *
 * @param isSuper whether the user may do everything, whatever policies say
 */
public record User(String name, SealedSecret secret, boolean isSuper, boolean isEnabled) {
    /** What a secret may have at most, in bytes of UTF-8. */
    public static final int SECRET_BYTES_MAX = 256;

    private static final Pattern NAME = Pattern.compile("[\\w.@+=/-]{1,128}");

    public User {
        checkName(name);
    }

    /** @throws IllegalArgumentException saying what is wrong with it */
    public static String checkName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a user's name has 1 to 128 of the characters a-z A-Z 0-9 _ . @ + = / -");
        }
        return name;
    }
}
