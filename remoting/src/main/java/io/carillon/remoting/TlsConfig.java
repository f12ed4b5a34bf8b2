package io.carillon.remoting;

import io.carillon.base.Secret;
import java.nio.file.Path;

/**
 * Encryption of connections, on the same ports as without.
 *
 * @param mode whether connections may be encrypted ({@code permissive}), must be ({@code enforcing}) or cannot be
 *     ({@code disabled}); without a certificate nothing can be encrypted
 * @param certificate PEM file of the server's certificate and those between it and the root; read again when it changes
 * @param key PEM file of the certificate's private key, as PKCS#8; read again when it changes
 * @param keyPassword the password of the key, when it is encrypted; {@code file:PATH} takes it from a file
 * @param selfSigned whether to make up a certificate at each start, which clients can only trust blindly: for tests
 * @param clientCertificates whether clients must show a certificate that {@code trust} vouches for
 * @param trust PEM file of the certificates that vouch for clients, and for servers that this one calls; when empty, those
 *     that Java trusts vouch for servers
 * @param outgoing whether calls to name servers elsewhere are encrypted, and what a member of a group passes on to another
 */
public record TlsConfig(
        Mode mode,
        Path certificate,
        Path key,
        Secret keyPassword,
        boolean selfSigned,
        ClientCertificates clientCertificates,
        Path trust,
        boolean outgoing) {
    /** Whether connections are encrypted. */
    public enum Mode {
        DISABLED,
        PERMISSIVE,
        ENFORCING
    }

    /** Whether clients show certificates. */
    public enum ClientCertificates {
        NONE,
        OPTIONAL,
        REQUIRED
    }

    public static final TlsConfig DEFAULT = new TlsConfig(
            Mode.PERMISSIVE, Path.of(""), Path.of(""), Secret.NONE, false, ClientCertificates.NONE, Path.of(""), false);

    public TlsConfig {
        if (isSet(certificate) != isSet(key)) {
            throw new IllegalArgumentException("tls.certificate and tls.key go together");
        }
        if (selfSigned && isSet(certificate)) {
            throw new IllegalArgumentException("tls.self-signed makes up a certificate: leave tls.certificate out");
        }
        if (mode == Mode.ENFORCING && !selfSigned && !isSet(certificate)) {
            throw new IllegalArgumentException("tls.mode=enforcing needs tls.certificate and tls.key");
        }
        if (clientCertificates != ClientCertificates.NONE && !isSet(trust)) {
            throw new IllegalArgumentException("tls.client-certificates needs tls.trust, which vouches for them");
        }
    }

    public boolean hasCertificate() {
        return selfSigned || isSet(certificate);
    }

    /** Whether a server encrypts connections, if clients want it. */
    public boolean isOffered() {
        return mode != Mode.DISABLED && hasCertificate();
    }

    public static boolean isSet(Path file) {
        return !file.toString().isEmpty();
    }
}
