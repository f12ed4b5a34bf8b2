package io.carillon.delayqueue;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes and reads receipts: {@code member:16 bit:1 delivery:2 deadline:6 seal:8} in base64. The deadline tells a delivery
 * from one before with the same number, for they are counted anew after a redrive. The seal is made with a key that lies in
 * MySQL and that all nodes share, so a receipt can be used at each of them, also after Redis has lost everything, and cannot
 * be made up. Any thread may call.
 */
final class Receipts {
    /** A message handed out to a group, until its deadline. */
    record Receipt(Member member, int bit, int delivery, long deadlineMs) {
        Receipt until(long ms) {
            return new Receipt(member, bit, delivery, ms);
        }

        byte[] own() {
            return member.bytes(bit);
        }
    }

    private static final int SEALED = Member.LENGTH + 9;
    /** A message keeps its unique id for ever, whatever a receipt consists of. */
    private static final int SEALED_UNIQUE = Member.LENGTH + 3;

    private static final int SEAL = 8;
    private static final int UNIQUE = 16;
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final Mac template;

    Receipts(byte[] key) {
        try {
            template = Mac.getInstance("HmacSHA256");
            template.init(new SecretKeySpec(key, "HmacSHA256"));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    String text(Receipt receipt) {
        ByteBuffer bytes = ByteBuffer.allocate(SEALED + SEAL)
                .put(receipt.own())
                .putShort((short) receipt.delivery())
                .putShort((short) (receipt.deadlineMs() >>> Integer.SIZE))
                .putInt((int) receipt.deadlineMs());
        bytes.put(seal(bytes.array(), SEALED), 0, SEAL);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    Optional<Receipt> parse(String text) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
        if (bytes.length != SEALED + SEAL || !isSealed(bytes)) {
            return Optional.empty();
        }
        ByteBuffer from = ByteBuffer.wrap(bytes);
        Member member = Member.of(bytes);
        return Optional.of(new Receipt(
                member,
                from.get(Member.LENGTH),
                from.getShort(Member.LENGTH + 1) & 0xffff,
                ((from.getShort(Member.LENGTH + 3) & 0xffffL) << Integer.SIZE)
                        | (from.getInt(Member.LENGTH + 5) & 0xffff_ffffL)));
    }

    /** What this message is known by where messages of other delay queues are, too: 32 hexadecimal digits. */
    String uniqueId(long id) {
        // No topic has this number, so that it is the seal of no receipt.
        byte[] seal =
                seal(ByteBuffer.allocate(SEALED_UNIQUE).putLong(id).putInt(-1).array(), SEALED_UNIQUE);
        return HEX.formatHex(seal, 0, UNIQUE);
    }

    private boolean isSealed(byte[] bytes) {
        byte[] expected = java.util.Arrays.copyOf(seal(bytes, SEALED), SEAL);
        return MessageDigest.isEqual(expected, java.util.Arrays.copyOfRange(bytes, SEALED, SEALED + SEAL));
    }

    private byte[] seal(byte[] bytes, int length) {
        try {
            Mac mac = (Mac) template.clone();
            mac.update(bytes, 0, length);
            return mac.doFinal();
        } catch (CloneNotSupportedException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
