package io.carillon.log;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.LongConsumer;

/**
 * The 64-bit hash that the key index and the dedup window know a key of a topic by. The lowest bit tells unique ids (1)
 * from keys (0). Stored on disk: the function must never change.
 *
 * <p>Eight bytes at a time: multiply to 128 bits and fold, as wyhash does. Not meant to withstand an attacker: whoever
 * asks for a hash must look whether the message really bears the key.
 */
final class KeyHash {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long P0 = 0xa0761d6478bd642fL;
    private static final long P1 = 0xe7037ed1a0b428dbL;
    private static final long P2 = 0x8ebc6af09c88c6e3L;

    private KeyHash() {}

    /** The hash of a key that stands, as its topic, in the bytes of a record. */
    static long of(MemorySegment bytes, long topicAt, int topicLength, long keyAt, int keyLength, boolean isUnique) {
        long hash = mix(P0, bytes, topicAt, topicLength);
        hash = mix(hash, bytes, keyAt, keyLength);
        return isUnique ? hash | 1 : hash & ~1L;
    }

    static long of(String topic, String key, boolean isUnique) {
        byte[] all = (topic + key).getBytes(StandardCharsets.UTF_8);
        int topicLength = topic.getBytes(StandardCharsets.UTF_8).length;
        return of(MemorySegment.ofArray(all), 0, topicLength, topicLength, all.length - topicLength, isUnique);
    }

    /** Tells the hash of each of a message's keys: words with a space between them. None when {@code keysLength} is 0. */
    static void ofEach(
            MemorySegment bytes, long topicAt, int topicLength, long keysAt, int keysLength, LongConsumer told) {
        long end = keysAt + keysLength;
        long from = keysAt;
        for (long i = keysAt; keysLength > 0 && i <= end; i++) {
            if (i == end || bytes.get(ValueLayout.JAVA_BYTE, i) == ' ') {
                if (i > from) {
                    told.accept(of(bytes, topicAt, topicLength, from, (int) (i - from), false));
                }
                from = i + 1;
            }
        }
    }

    static boolean isUnique(long hash) {
        return (hash & 1) != 0;
    }

    private static long mix(long seed, MemorySegment bytes, long at, int length) {
        long hash = fold(seed ^ length, P1);
        int i = 0;
        for (; i + 8 <= length; i += 8) {
            hash = fold(hash ^ bytes.get(LONG, at + i), P2);
        }
        long rest = 0;
        for (int shift = 0; i < length; i++, shift += 8) {
            rest |= (bytes.get(ValueLayout.JAVA_BYTE, at + i) & 0xFFL) << shift;
        }
        return fold(hash ^ rest, P1 ^ length);
    }

    private static long fold(long a, long b) {
        return Math.multiplyHigh(a, b) ^ (a * b) ^ Long.rotateLeft(a, 32);
    }
}
