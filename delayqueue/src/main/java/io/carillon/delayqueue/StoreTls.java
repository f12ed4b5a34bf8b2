package io.carillon.delayqueue;

import org.jspecify.annotations.Nullable;

/**
 * What the stores are asked with by TLS, out of the files that the settings name.
 *
 * @param redisTrust the certificates that vouch for Redis as PEM; null for those that Java trusts
 * @param toRedis what we show to it; null for nothing
 * @param toMysql what we show to it; null for nothing
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
public record StoreTls(
        byte @Nullable [] redisTrust,
        @Nullable ClientCertificate toRedis,
        @Nullable ClientCertificate toMysql) {
    /** Redis by the certificates that Java trusts, and nothing is shown. */
    public static final StoreTls NONE = new StoreTls(null, null, null);
}
