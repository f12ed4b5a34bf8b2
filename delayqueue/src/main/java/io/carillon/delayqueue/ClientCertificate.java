package io.carillon.delayqueue;

import io.carillon.base.CarillonException.BadConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What we show to a store that asks by TLS who we are.
 *
 * @param certificates as PEM: ours, then those that lead to one that the store trusts
 * @param key of the first, as PEM of PKCS#8 without a password
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
public record ClientCertificate(byte[] certificates, byte[] key) {
    private static final String TYPE = "PKCS12";
    private static final Pattern PKCS8 = Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----");

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
        Matcher pem = PKCS8.matcher(new String(key, StandardCharsets.US_ASCII));
        if (!pem.find()) {
            throw new BadConfig(store.part() + ".key holds no key as PKCS#8 without a password, which begins with"
                    + " -----BEGIN PRIVATE KEY-----: 'openssl pkcs8 -topk8 -nocrypt' makes one of others");
        }
        byte[] der = Base64.getMimeDecoder().decode(pem.group(1));
        PrivateKey read = KeyFactory.getInstance(of.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(der));
        if (!belongs(read, of)) {
            throw new BadConfig(store.part() + ".key is not the key of " + store.part() + ".certificate");
        }
        return read;
    }

    /** Else a store would only say that it wants none of us. */
    private static boolean belongs(PrivateKey key, PublicKey to) throws GeneralSecurityException {
        String how = switch (to.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> to.getAlgorithm();
        };
        Signature signing = Signature.getInstance(how);
        signing.initSign(key);
        Signature verifying = Signature.getInstance(how);
        verifying.initVerify(to);
        return verifying.verify(signing.sign());
    }
}
