package io.carillon.http;

import org.jspecify.annotations.Nullable;

/** PORT: who the bearers of tokens and certificates are. Any thread; must be quick. */
public interface Callers {
    /** Whether everybody may do everything without saying who he is. */
    boolean isOpen();

    /** Who bears this token, or null. Takes the same time whether there is one or not. */
    @Nullable
    Caller byToken(String token);

    /** Who has a certificate of this name that was vouched for, or null. */
    @Nullable
    Caller byCertificate(String commonName);
}
