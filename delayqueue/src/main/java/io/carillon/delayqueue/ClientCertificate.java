package io.carillon.delayqueue;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.PemKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

/**
 * What we show to a store that asks by TLS who we are.
 *
 * @param certificates as PEM: ours, then those that lead to one that the store trusts
 * @param key of the first, as PEM of PKCS#8 without a password
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
public record ClientCertificate(byte[] certificates, byte[] key) {
    private static final String TYPE = "PKCS12";

    /**
     * As libraries want it.
     *
     * @param store whose settings are named where something is wrong
     * @throws BadConfig when they are none, or do not belong together
     */
    KeyStore keyStore(StoreFailure.Store store, char[] password) {
        try {
            Certificate[] chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(certificates))
                    .toArray(Certificate[]::new);
            if (chain.length == 0) {
                throw new BadConfig(store.part() + ".certificate holds no certificate: it must be a PEM file of some");
            }
            PrivateKey read = readKey(store, chain[0].getPublicKey());
            KeyStore keys = KeyStore.getInstance(TYPE);
            keys.load(null, password);
            keys.setKeyEntry("client", read, password, chain);
            return keys;
        } catch (GeneralSecurityException | IOException | IllegalArgumentException fault) {
            throw new BadConfig(store.part() + ".certificate and " + store.part() + ".key cannot be read as PEM: "
                    + fault.getMessage());
        }
    }

    private PrivateKey readKey(StoreFailure.Store store, PublicKey of) throws GeneralSecurityException {
        PemKey read = PemKey.read(key, of);
        if (read == null) {
            throw new BadConfig(store.part() + ".key holds no key as PKCS#8 without a password, which begins with "
                    + PemKey.BEGIN + ": 'openssl pkcs8 -topk8 -nocrypt' makes one of others");
        }
        if (!read.belongsTo(of)) { // else a store would only say that it wants none of us
            throw new BadConfig(store.part() + ".key is not the key of " + store.part() + ".certificate");
        }
        return read.key();
    }
}
