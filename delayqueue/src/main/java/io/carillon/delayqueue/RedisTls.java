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
final class RedisTls {
    private static final String TYPE = "PKCS12";
    /** The client wants stores of keys, and those a password; they lie in memory only. */
    private static final char[] PASSWORD = "in memory only".toCharArray();

    private RedisTls() {}

    /**
     * By the certificates that are given, and no others, or else by those that Java trusts.
     *
     * @throws BadConfig when they are none, or what we show is none
     */
    static SslOptions by(StoreTls given) {
        SslOptions.Builder options = SslOptions.builder().sslVerifyMode(SslVerifyMode.FULL);
        byte[] trust = given.redisTrust();
        if (trust != null) {
            byte[] store = bytesOf(storeOf(trust));
            options.trustStoreType(TYPE).truststore(() -> new ByteArrayInputStream(store), PASSWORD);
        }
        ClientCertificate shown = given.toRedis();
        if (shown != null) {
            byte[] store = bytesOf(shown.keyStore(StoreFailure.Store.REDIS, PASSWORD));
            options.keyStoreType(TYPE).keystore(() -> new ByteArrayInputStream(store), PASSWORD);
        }
        return options.build();
    }

    private static KeyStore storeOf(byte[] pem) {
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
            return trusted;
        } catch (GeneralSecurityException | IOException fault) {
            throw new BadConfig("redis.trust cannot be read as PEM of certificates: " + fault.getMessage());
        }
    }

    private static byte[] bytesOf(KeyStore store) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            store.store(bytes, PASSWORD);
            return bytes.toByteArray();
        } catch (GeneralSecurityException | IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
