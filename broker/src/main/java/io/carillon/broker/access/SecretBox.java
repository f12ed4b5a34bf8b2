package io.carillon.broker.access;

import io.carillon.base.CarillonException.BadConfig;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals users' secrets, so that whoever reads the log or a backup of it learns none. The secrets themselves are needed,
 * not their hashes: clients sign with them. Any thread.
 *
 * <pre>
 * version 1 (1) | key id 4 | nonce 12 | AES-256-GCM of the secret, bound to the user's name | tag 16
 * </pre>
 */
public final class SecretBox {
    public static final int KEY_BYTES = 32;

    private static final byte VERSION = 1;
    private static final int ID_BYTES = 4;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES;

    private final SecretKeySpec key;
    private final byte[] id;
    private final RandomGenerator random;

    /**
     * @param key 32 bytes, which nobody else may know
     * @param random must not be guessable
     */
    public SecretBox(byte[] key, RandomGenerator random) {
        if (key.length != KEY_BYTES) {
            throw new BadConfig("the key for secrets must have " + KEY_BYTES + " bytes, not " + key.length);
        }
        this.key = new SecretKeySpec(key, "AES");
        this.random = random;
        id = idOf(key);
    }

    private static byte[] idOf(byte[] key) {
        try {
            return Arrays.copyOf(MessageDigest.getInstance("SHA-256").digest(key), ID_BYTES);
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    /** Tells keys apart, and says nothing about them. */
    public String keyId() {
        return HexFormat.of().formatHex(id);
    }

    /** @throws IllegalArgumentException when the secret is empty or too long */
    public SealedSecret seal(String user, byte[] secret) {
        if (secret.length == 0 || secret.length > User.SECRET_BYTES_MAX) {
            throw new IllegalArgumentException("a secret has 1 to " + User.SECRET_BYTES_MAX + " bytes");
        }
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] sealed = cipher(Cipher.ENCRYPT_MODE, user, nonce, secret, 0, secret.length);
        return new SealedSecret(ByteBuffer.allocate(HEAD_BYTES + sealed.length)
                .put(VERSION)
                .put(id)
                .put(nonce)
                .put(sealed)
                .array());
    }

    /** @throws BadConfig when it was sealed with another key */
    public byte[] open(User user) {
        byte[] sealed = user.secret().bytes();
        if (!canOpen(user)) {
            throw new BadConfig("the secret of user " + user.name() + " was sealed with another key than " + keyId()
                    + ": give the server the key file that it had then");
        }
        byte[] nonce = Arrays.copyOfRange(sealed, 1 + ID_BYTES, HEAD_BYTES);
        return cipher(Cipher.DECRYPT_MODE, user.name(), nonce, sealed, HEAD_BYTES, sealed.length - HEAD_BYTES);
    }

    /** Whether the user's secret was sealed with this key. */
    public boolean canOpen(User user) {
        byte[] sealed = user.secret().bytes();
        return sealed.length > HEAD_BYTES
                && sealed[0] == VERSION
                && Arrays.equals(sealed, 1, 1 + ID_BYTES, id, 0, ID_BYTES);
    }

    private byte[] cipher(int mode, String user, byte[] nonce, byte[] in, int from, int length) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(user.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(in, from, length);
        } catch (GeneralSecurityException e) {
            if (mode == Cipher.DECRYPT_MODE) {
                throw new BadConfig("the secret of user " + user + " does not open: its bytes were changed");
            }
            throw missing(e);
        }
    }

    private static IllegalStateException missing(GeneralSecurityException e) {
        return new IllegalStateException("this Java lacks what every Java must have", e);
    }
}
