package io.carillon.http;

import org.jspecify.annotations.Nullable;

/**
 * What the port is encrypted with.
 *
 * @param certificatePem the server's certificate and those between it and the root
 * @param keyPem its private key, as PKCS#8
 * @param keyPassword of the key; null when it has none
 * @param trustPem those that vouch for clients; null for none
 * @param areClientsNamed whether clients must show a certificate, for which there must be those that vouch
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
public record HttpTls(
        byte[] certificatePem,
        byte[] keyPem,
        @Nullable String keyPassword,
        byte @Nullable [] trustPem,
        boolean areClientsNamed) {}
