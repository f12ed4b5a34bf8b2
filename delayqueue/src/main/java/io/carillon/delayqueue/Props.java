package io.carillon.delayqueue;

import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.RetryPolicy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a message has beside its body, as it lies in {@code dq_message.props}: a version, the ttl, key, tag, ordering key,
 * the retry policy if any, and the headers. Texts are UTF-8 after a length of two bytes.
 */
record Props(
        long ttlMs,
        String key,
        String tag,
        String orderingKey,
        @Nullable RetryPolicy retry,
        Map<String, String> headers) {
    private static final byte VERSION = 1;
    private static final int FIXED = 1 + 8 + 1 + 28 + 2;

    static Props of(NewMessage message) {
        return new Props(
                message.ttlMs(),
                message.key(),
                message.tag(),
                message.orderingKey(),
                message.retry(),
                message.headers());
    }

    /** How long keys, tag and headers are. */
    static int textBytes(NewMessage message) {
        int sum = bytes(message.key()).length + bytes(message.tag()).length + bytes(message.orderingKey()).length;
        for (Map.Entry<String, String> header : message.headers().entrySet()) {
            sum += bytes(header.getKey()).length + bytes(header.getValue()).length;
        }
        return sum;
    }

    byte[] encode() {
        int size = FIXED + 6 + bytes(key).length + bytes(tag).length + bytes(orderingKey).length;
        for (Map.Entry<String, String> header : headers.entrySet()) {
            size += 4 + bytes(header.getKey()).length + bytes(header.getValue()).length;
        }
        ByteBuffer to = ByteBuffer.allocate(size).put(VERSION).putLong(ttlMs);
        put(to, key);
        put(to, tag);
        put(to, orderingKey);
        to.put((byte) (retry == null ? 0 : 1));
        if (retry != null) {
            Retries.put(to, retry);
        }
        to.putShort((short) headers.size());
        headers.forEach((name, value) -> {
            put(to, name);
            put(to, value);
        });
        byte[] encoded = new byte[to.position()];
        to.flip().get(encoded);
        return encoded;
    }

    static Props decode(byte[] encoded) {
        ByteBuffer from = ByteBuffer.wrap(encoded);
        byte version = from.get();
        if (version != VERSION) {
            throw new IllegalStateException("props of version " + version + ", known is " + VERSION);
        }
        long ttlMs = from.getLong();
        String key = text(from);
        String tag = text(from);
        String orderingKey = text(from);
        RetryPolicy retry = from.get() == 0 ? null : Retries.get(from);
        int count = from.getShort();
        Map<String, String> headers = HashMap.newHashMap(count);
        for (int i = 0; i < count; i++) {
            headers.put(text(from), text(from));
        }
        return new Props(ttlMs, key, tag, orderingKey, retry, headers);
    }

    private static void put(ByteBuffer to, String text) {
        byte[] bytes = bytes(text);
        to.putShort((short) bytes.length).put(bytes);
    }

    private static String text(ByteBuffer from) {
        byte[] bytes = new byte[from.getShort() & 0xffff];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
