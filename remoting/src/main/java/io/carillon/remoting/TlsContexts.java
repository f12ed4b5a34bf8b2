package io.carillon.remoting;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.PemKey;
import io.carillon.remoting.TlsConfig.ClientCertificates;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLException;

/** Builds what encrypts connections from PEM files: the JDK's TLS, of versions 1.3 and 1.2. */
final class TlsContexts {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    private TlsContexts() {}

    /** @throws BadConfig when the files do not hold what they must */
    static SslContext server(TlsMaterial material, ClientCertificates clients) {
        byte[] certificates = material.certificates();
        byte[] key = material.key();
        if (certificates == null || key == null) {
            throw new BadConfig("a server's TLS needs a certificate and its key");
        }
        try {
            if (material.keyPassword().isEmpty()) {
                checkThatTheyFit(certificates, key);
            }
            SslContextBuilder builder =
                    SslContextBuilder.forServer(stream(certificates), stream(key), password(material));
            if (material.trust() != null) {
                builder.trustManager(stream(material.trust()));
            }
            return builder.clientAuth(auth(clients))
                    .sslProvider(SslProvider.JDK)
                    .protocols(PROTOCOLS)
                    .build();
        } catch (SSLException | IllegalArgumentException e) {
            throw fault(e);
        }
    }

    /** @throws BadConfig when the files do not hold what they must */
    static SslContext client(TlsMaterial material) {
        try {
            SslContextBuilder builder = SslContextBuilder.forClient();
            if (material.certificates() != null && material.key() != null) {
                builder.keyManager(stream(material.certificates()), stream(material.key()), password(material));
            }
            if (material.trust() != null) {
                builder.trustManager(stream(material.trust()));
            }
            return builder.endpointIdentificationAlgorithm("HTTPS")
                    .sslProvider(SslProvider.JDK)
                    .protocols(PROTOCOLS)
                    .build();
        } catch (SSLException | IllegalArgumentException e) {
            throw fault(e);
        }
    }

    /** A key of another certificate would be noticed by clients only, one after the other. */
    private static void checkThatTheyFit(byte[] certificates, byte[] key) {
        try {
            PublicKey ofCertificate = CertificateFactory.getInstance("X.509")
                    .generateCertificate(stream(certificates))
                    .getPublicKey();
            PemKey read = PemKey.read(key, ofCertificate);
            if (read == null) {
                throw new IllegalArgumentException("there is no " + PemKey.BEGIN + " in the key's file");
            }
            if (!read.belongsTo(ofCertificate)) {
                throw new IllegalArgumentException("the key is not that of the certificate");
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the certificate or its key does not read, or they do not fit", e);
        }
    }

    private static ClientAuth auth(ClientCertificates clients) {
        return switch (clients) {
            case NONE -> ClientAuth.NONE;
            case OPTIONAL -> ClientAuth.OPTIONAL;
            case REQUIRED -> ClientAuth.REQUIRE;
        };
    }

    @SuppressWarnings("NullAway") // Netty takes null for a key without a password, and does not say so
    private static String password(TlsMaterial material) {
        return material.keyPassword().isEmpty() ? null : material.keyPassword().reveal();
    }

    private static InputStream stream(byte[] bytes) {
        return new ByteArrayInputStream(bytes);
    }

    /** The innermost cause says what is wrong with the file; the key itself is in no message. */
    private static BadConfig fault(Exception e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return new BadConfig("TLS cannot be set up: " + e.getMessage() + " (" + cause.getMessage()
                + "); certificates are PEM, keys are PEM of PKCS#8, 'BEGIN PRIVATE KEY', and fit their certificate");
    }
}
