package io.carillon.systemtests.history;

import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.history.Event.Acked;
import io.carillon.systemtests.history.Event.Key;
import io.carillon.systemtests.history.Event.Place;
import io.carillon.systemtests.history.Event.Sent;
import io.carillon.systemtests.history.Event.Unknown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;

/**
 * Sends the messages 1, 2, 3... of a stream to one queue, {@code window} at a time, each again and again under the same unique
 * id until it is acknowledged. With a window of 1 it is an ordered stream in the words of the checker.
 */
final class Stream implements Runnable {
    private static final int NOISE_BYTES_MAX = 3_000;
    /** A server that hangs does not close connections: after this, another one is asked. */
    private static final int PATIENCE_S = 5;

    private final String name;
    private final int queue;
    private final int window;
    private final RawTopic topic;
    private final Line line;
    private final History history;
    private final RandomGenerator random;
    private final AtomicLong acked;
    private final AtomicInteger lastRefusal;
    private final Map<Key, byte[]> open = new LinkedHashMap<>();
    private final Duration pause;
    private long next = 1;
    private volatile boolean stopping;

    Stream(
            String name,
            int queue,
            int window,
            RawTopic topic,
            Line line,
            History history,
            Tally tally,
            long seed,
            Duration pause) {
        this.name = name;
        this.queue = queue;
        this.window = window;
        this.topic = topic;
        this.line = line;
        this.history = history;
        this.acked = tally.acked();
        this.lastRefusal = tally.lastRefusal();
        this.random = new java.util.Random(seed);
        this.pause = pause;
    }

    /** What all streams count together. */
    record Tally(AtomicLong acked, AtomicInteger lastRefusal) {
        Tally() {
            this(new AtomicLong(), new AtomicInteger());
        }
    }

    String name() {
        return name;
    }

    boolean isOrdered() {
        return window == 1;
    }

    /** Asks to end as soon as everything begun is acknowledged. */
    void stop() {
        stopping = true;
    }

    @Override
    public void run() {
        try (line) {
            while (!stopping || !open.isEmpty()) {
                while (!stopping && open.size() < window) {
                    Key key = new Key(name, next++);
                    open.put(key, Payload.of(key, random.nextInt(NOISE_BYTES_MAX), random));
                }
                sendOpen();
                if (!pause.isZero()) {
                    LockSupport.parkNanos(pause.toNanos());
                }
            }
        }
    }

    /** One round: everything open goes out in a pipeline, then all the answers are waited for. */
    private void sendOpen() {
        RawClient client = line.client();
        Map<Key, CompletableFuture<Answer>> answers = new LinkedHashMap<>();
        open.forEach((key, body) -> {
            history.add(new Sent(key));
            answers.put(key, topic.send(client, queue, uniqueId(key), body));
        });
        List<Key> done = new ArrayList<>();
        answers.forEach((key, answer) -> {
            if (isAcked(client, key, answer)) {
                done.add(key);
            }
        });
        done.forEach(open::remove);
        if (done.isEmpty()) {
            line.refused();
        }
    }

    private boolean isAcked(RawClient client, Key key, CompletableFuture<Answer> future) {
        try {
            Answer answer = future.get(PATIENCE_S, TimeUnit.SECONDS);
            if (answer.code() == RawTopic.OK) {
                history.add(new Acked(key, new Place((int) answer.number("queueId"), answer.number("queueOffset"))));
                acked.incrementAndGet();
                return true;
            }
            lastRefusal.set(answer.code());
        } catch (ExecutionException e) {
            // the connection is gone: nobody knows whether it was stored
        } catch (TimeoutException e) {
            client.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        history.add(new Unknown(key));
        return false;
    }

    /** The id that all attempts of a message share: 32 digits, as a client makes them. */
    static String uniqueId(Key key) {
        CRC32 crc = new CRC32();
        crc.update(key.stream().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return "7F000001"
                + HexFormat.of().withUpperCase().toHexDigits(crc.getValue(), 8)
                + HexFormat.of().withUpperCase().toHexDigits(key.n());
    }
}
