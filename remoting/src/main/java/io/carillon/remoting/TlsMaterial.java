package io.carillon.remoting;

import io.carillon.base.Secret;
import org.jspecify.annotations.Nullable;

/**
 * The contents of PEM files, with which one proves who one is and learns who others are.
 *
 * @param certificates one's own and those between it and the root; null for a client that shows none
 * @param key the private key of the first certificate
 * @param trust the certificates that vouch for others; null for those that Java trusts
 */
@SuppressWarnings("ArrayRecordComponent") // files' bytes, handed on and never compared
public record TlsMaterial(
        byte @Nullable [] certificates, byte @Nullable [] key, Secret keyPassword, byte @Nullable [] trust) {}
