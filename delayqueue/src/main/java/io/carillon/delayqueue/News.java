package io.carillon.delayqueue;

import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Hears what nodes tell each other by way of Redis. Its connection can be gone without a word, and would be listened to for
 * hours: so it is asked for a sign of life every second, and given up when nothing came of it for as long as Redis may take.
 * Each method is called by one thread, {@link #isUp} by any.
 */
final class News {
    static final long ASK_EVERY_MS = 1_000;

    private static final String WAKE = "dq:wake";
    private static final long AGAIN_NS = 100_000_000L;

    private final Redis redis;
    private final BiConsumer<String, String> heard;
    private volatile @Nullable BinaryJedisPubSub subscription;

    /** @param heard told of each, with its channel; waits for nothing */
    News(Redis redis, BiConsumer<String, String> heard) {
        this.redis = redis;
        this.heard = heard;
    }

    /** Whether it hears, as far as it knows. */
    boolean isUp() {
        return subscription != null;
    }

    /** Hears until the connection breaks. */
    long listen() {
        BinaryJedisPubSub listener = new BinaryJedisPubSub() {
            @Override
            public void onSubscribe(byte[] channel, int channels) {
                subscription = this;
            }

            @Override
            public void onMessage(byte[] channel, byte[] text) {
                heard.accept(
                        new String(channel, StandardCharsets.US_ASCII), new String(text, StandardCharsets.US_ASCII));
            }
        };
        redis.subscribe(listener, this::over, WAKE, "dq:ready", "dq:topics");
        return AGAIN_NS;
    }

    private synchronized void over() {
        subscription = null;
    }

    /**
     * Subscribes once more to what it has, which is answered each time. Not the library's ping: it keeps a note of each one
     * for ever, or finds an answer whose note is not made yet.
     */
    synchronized long askForLife() {
        BinaryJedisPubSub now = subscription;
        if (now != null) {
            try {
                now.subscribe(Redis.bytes(WAKE));
            } catch (JedisException _) {
                // Who listens hears of it, too, and begins anew.
            }
        }
        return ASK_EVERY_MS * 1_000_000;
    }

    synchronized void end() {
        BinaryJedisPubSub now = subscription;
        if (now != null) {
            now.unsubscribe();
        }
    }
}
