package io.carillon.delayqueue;

import io.carillon.base.CarillonException.BadConfig;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;

/** How connections to Redis are encrypted: always with a look at who it is. */
final class RedisTrust {
    private static final String TYPE = "PKCS12";
    /** The client wants a store of keys, and that one a password; it lies in memory only, and holds nothing secret. */
    private static final char[] PASSWORD = "in memory only".toCharArray();

    private RedisTrust() {}

    /** By the certificates that Java trusts. */
    static SslOptions byJava() {
        return SslOptions.builder().sslVerifyMode(SslVerifyMode.FULL).build();
    }

    /**
     * By these certificates, and no others.
     *
     * @throws BadConfig when they are none
     */
    static SslOptions by(byte[] pem) {
        byte[] store = storeOf(pem);
        return SslOptions.builder()
                .sslVerifyMode(SslVerifyMode.FULL)
                .trustStoreType(TYPE)
                .truststore(() -> new ByteArrayInputStream(store), PASSWORD)
                .build();
    }

    private static byte[] storeOf(byte[] pem) {
        try {
            Collection<? extends Certificate> all =
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
            if (all.isEmpty()) {
                throw new BadConfig("redis.trust holds no certificate: it must be a PEM file of some");
            }
            KeyStore trusted = KeyStore.getInstance(TYPE);
            trusted.load(null, PASSWORD);
            for (Certificate one : all) {
                trusted.setCertificateEntry("trusted-" + trusted.size(), one);
            }
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            trusted.store(bytes, PASSWORD);
            return bytes.toByteArray();
        } catch (GeneralSecurityException | IOException fault) {
            throw new BadConfig("redis.trust cannot be read as PEM of certificates: " + fault.getMessage());
        }
    }
}
