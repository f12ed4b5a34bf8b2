package io.carillon.base;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** A private key out of a PEM file, as PKCS#8 without a password. Any thread. */
public record PemKey(PrivateKey key) {
    /** What such a key begins with. */
    public static final String BEGIN = "-----BEGIN PRIVATE KEY-----";

    private static final String END = "-----END PRIVATE KEY-----";

    /**
     * The first such key in the file.
     *
     * @param of whose key it is to be, which says of what kind
     * @return null when there is none in the file
     * @throws GeneralSecurityException when it is none of that kind
     * @throws IllegalArgumentException when it is no Base64
     */
    public static @Nullable PemKey read(byte[] pem, PublicKey of) throws GeneralSecurityException {
        String text = new String(pem, StandardCharsets.ISO_8859_1);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            return null;
        }
        byte[] der = Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end));
        return new PemKey(KeyFactory.getInstance(of.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(der)));
    }

    /** Whether both are of one pair: else only the other side of a connection would notice. */
    public boolean belongsTo(PublicKey other) throws GeneralSecurityException {
        String how = switch (other.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> other.getAlgorithm();
        };
        byte[] probe = {1};
        Signature signature = Signature.getInstance(how);
        signature.initSign(key);
        signature.update(probe);
        byte[] signed = signature.sign();
        signature.initVerify(other);
        signature.update(probe);
        return signature.verify(signed);
    }
}
