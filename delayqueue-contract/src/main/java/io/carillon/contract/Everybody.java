package io.carillon.contract;

import io.carillon.http.Caller;
import io.carillon.http.Callers;
import org.jspecify.annotations.Nullable;

/** Who is asked when an HTTP port trusts whoever reaches it. */
public final class Everybody implements Callers {
    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public @Nullable Caller byToken(String token) {
        return null;
    }

    @Override
    public @Nullable Caller byCertificate(String commonName) {
        return null;
    }
}
