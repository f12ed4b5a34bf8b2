package io.carillon.remoting;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;

/**
 * A certificate for {@code localhost} and 127.0.0.1 that nobody vouches for, with its key, both as PEM: for trying TLS
 * out. The JDK makes keys and signatures, but no certificates; the few fields that one needs (X.509, version 3) are put
 * together here.
 */
public final class SelfSigned {
    private static final Duration VALID_FOR = Duration.ofDays(365);
    private static final Duration VALID_SINCE = Duration.ofDays(1); // for clients whose clock is behind
    private static final DateTimeFormatter UTC_TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OCTET_STRING = 0x04;
    private static final int OID = 0x06;
    private static final int UTF8_STRING = 0x0C;
    private static final int UTC = 0x17;
    private static final int SEQUENCE = 0x30;
    private static final int SET = 0x31;
    private static final int VERSION_FIELD = 0xA0;
    private static final int EXTENSIONS_FIELD = 0xA3;
    private static final int DNS_NAME = 0x82;
    private static final int IP_ADDRESS = 0x87;

    private static final byte[] ECDSA_WITH_SHA256 = {0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x04, 0x03, 0x02};
    private static final byte[] COMMON_NAME = {0x55, 0x04, 0x03};
    private static final byte[] SUBJECT_ALTERNATIVE_NAME = {0x55, 0x1D, 0x11};

    private final byte[] certificate;
    private final byte[] key;

    private SelfSigned(byte[] certificate, byte[] key) {
        this.certificate = certificate;
        this.key = key;
    }

    /** Makes another one each time, valid for a year. */
    public static SelfSigned make(long nowMs) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            return new SelfSigned(
                    certificate(pair, Instant.ofEpochMilli(nowMs)),
                    pair.getPrivate().getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java lacks elliptic curves", e);
        }
    }

    public byte[] certificatePem() {
        return pem("CERTIFICATE", certificate);
    }

    public byte[] keyPem() {
        return pem("PRIVATE KEY", key);
    }

    private static byte[] pem(String what, byte[] der) {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return ("-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n").getBytes(US_ASCII);
    }

    private static byte[] certificate(KeyPair pair, Instant now) throws GeneralSecurityException {
        byte[] algorithm = der(SEQUENCE, der(OID, ECDSA_WITH_SHA256));
        byte[] signed = toBeSigned(pair.getPublic().getEncoded(), algorithm, now);
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(pair.getPrivate());
        signature.update(signed);
        return der(SEQUENCE, signed, algorithm, der(BIT_STRING, new byte[] {0}, signature.sign()));
    }

    private static byte[] toBeSigned(byte[] publicKey, byte[] algorithm, Instant now) throws GeneralSecurityException {
        byte[] name =
                der(SEQUENCE, der(SET, der(SEQUENCE, der(OID, COMMON_NAME), der(UTF8_STRING, text("localhost")))));
        byte[] validity = der(
                SEQUENCE,
                der(UTC, text(UTC_TIME.format(now.minus(VALID_SINCE)))),
                der(UTC, text(UTC_TIME.format(now.plus(VALID_FOR)))));
        return der(
                SEQUENCE,
                der(VERSION_FIELD, der(INTEGER, new byte[] {2})),
                der(INTEGER, serial(publicKey)),
                algorithm,
                name,
                validity,
                name,
                publicKey,
                extensions());
    }

    private static byte[] extensions() {
        byte[] names = der(SEQUENCE, der(DNS_NAME, text("localhost")), der(IP_ADDRESS, new byte[] {127, 0, 0, 1}));
        byte[] extension = der(SEQUENCE, der(OID, SUBJECT_ALTERNATIVE_NAME), der(OCTET_STRING, names));
        return der(EXTENSIONS_FIELD, der(SEQUENCE, extension));
    }

    private static byte[] serial(byte[] publicKey) throws GeneralSecurityException {
        byte[] serial = Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(publicKey), 16);
        serial[0] = (byte) ((serial[0] & 0x7F) | 0x40); // positive, and no leading zeros
        return serial;
    }

    private static byte[] text(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] der(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(tag);
        int length = content.size();
        if (length > 0xFF) {
            all.write(0x82);
            all.write(length >> 8);
        } else if (length > 0x7F) {
            all.write(0x81);
        }
        all.write(length);
        all.writeBytes(content.toByteArray());
        return all.toByteArray();
    }
}
