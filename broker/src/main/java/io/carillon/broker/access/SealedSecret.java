package io.carillon.broker.access;

import java.util.Arrays;

/** A secret that was encrypted: nothing that is shown of it helps anybody. */
public final class SealedSecret {
    static final int BYTES_MAX = 1024;

    private final byte[] bytes;

    SealedSecret(byte[] bytes) {
        if (bytes.length > BYTES_MAX) {
            throw new IllegalArgumentException("a sealed secret has " + bytes.length + " bytes");
        }
        this.bytes = bytes.clone();
    }

    byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SealedSecret sealed && Arrays.equals(sealed.bytes, bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "(sealed)";
    }
}
