package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.broker.pop.RetryKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Receipts as texts that nobody else can make: they are signed, together with topic and group, by a key that only servers
 * have. Any thread.
 */
final class Receipts {
    private static final byte VERSION = 1;
    private static final int BODY_BYTES = 1 + 1 + 4 + 8 + 8 + 8 + 4 + 4 + 8;
    /** Half of what the function gives is out of anybody's reach. */
    private static final int SEAL_BYTES = 16;

    private static final String FUNCTION = "HmacSHA256";
    private static final Base64.Encoder TO_TEXT = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder FROM_TEXT = Base64.getUrlDecoder();

    private final ThreadLocal<Mac> seals;

    /** @param key asked when the first receipt is made, once for each thread that makes some */
    Receipts(Supplier<byte[]> key) {
        seals = ThreadLocal.withInitial(() -> seal(key.get()));
    }

    private static Mac seal(byte[] key) {
        try {
            Mac seal = Mac.getInstance(FUNCTION);
            seal.init(new SecretKeySpec(key, FUNCTION));
            return seal;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + FUNCTION, e);
        }
    }

    String text(Where where, Receipt receipt) {
        ByteBuffer all = ByteBuffer.allocate(BODY_BYTES + SEAL_BYTES)
                .put(VERSION)
                .put((byte) receipt.kind().mark())
                .putInt(receipt.queue())
                .putLong(receipt.offset())
                .putLong(receipt.poppedMs())
                .putLong(receipt.visibleMs())
                .putInt(receipt.attempt())
                .putInt(receipt.attemptsMax())
                .putLong(receipt.backoffMs());
        all.put(sealOf(where, all.array()), 0, SEAL_BYTES);
        return TO_TEXT.encodeToString(all.array());
    }

    private byte[] sealOf(Where where, byte[] all) {
        Mac seal = seals.get();
        seal.update(all, 0, BODY_BYTES);
        seal.update(where.topic().getBytes(StandardCharsets.UTF_8));
        seal.update((byte) 0);
        seal.update(where.group().getBytes(StandardCharsets.UTF_8));
        return seal.doFinal();
    }

    /** Null when it is no receipt of this topic and group. */
    @Nullable
    Receipt read(Where where, String text) {
        byte[] all = bytes(text);
        if (all.length != BODY_BYTES + SEAL_BYTES || all[0] != VERSION) {
            return null;
        }
        byte[] wanted = new byte[BODY_BYTES + SEAL_BYTES];
        System.arraycopy(all, 0, wanted, 0, BODY_BYTES);
        System.arraycopy(sealOf(where, all), 0, wanted, BODY_BYTES, SEAL_BYTES);
        return MessageDigest.isEqual(wanted, all) ? read(ByteBuffer.wrap(all, 1, BODY_BYTES - 1)) : null;
    }

    private static byte[] bytes(String text) {
        try {
            return FROM_TEXT.decode(text);
        } catch (IllegalArgumentException _) {
            return new byte[0];
        }
    }

    private static Receipt read(ByteBuffer from) {
        return new Receipt(
                kind(from.get()),
                from.getInt(),
                from.getLong(),
                from.getLong(),
                from.getLong(),
                from.getInt(),
                from.getInt(),
                from.getLong());
    }

    private static RetryKind kind(byte mark) {
        for (RetryKind kind : RetryKind.values()) {
            if (kind.mark() == mark) {
                return kind;
            }
        }
        throw new IllegalStateException("a signed receipt is of no kind: " + mark);
    }
}
