package io.carillon.systemtests.history;

import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.history.Event.Key;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages that are due within seconds, a window of them at a time, each again and again under the same unique id
 * until it is acknowledged, and recalls one in ten.
 */
final class DelayedStream implements Runnable {
    private static final int WINDOW = 64;
    private static final int DELAY_MS_MAX = 3_000;
    private static final int NOISE_BYTES_MAX = 1_000;
    private static final int ILLEGAL_OPERATION = 604;

    private record Sending(long dueMs, byte[] body) {}

    private final String name;
    private final int queueCount;
    private final RawTopic topic;
    private final Line line;
    private final DelayHistory history;
    private final RandomGenerator random;
    private final Map<Key, Sending> open = new LinkedHashMap<>();
    private long next = 1;
    private volatile boolean stopping;

    DelayedStream(String name, int queueCount, RawTopic topic, Line line, DelayHistory history, long seed) {
        this.name = name;
        this.queueCount = queueCount;
        this.topic = topic;
        this.line = line;
        this.history = history;
        random = new Random(seed);
    }

    /** Asks to end as soon as everything begun is acknowledged. */
    void stop() {
        stopping = true;
    }

    @Override
    public void run() {
        try (line) {
            while (!stopping || !open.isEmpty()) {
                while (!stopping && open.size() < WINDOW) {
                    Key key = new Key(name, next++);
                    long dueMs = System.currentTimeMillis() + random.nextInt(DELAY_MS_MAX);
                    open.put(key, new Sending(dueMs, Payload.of(key, random.nextInt(NOISE_BYTES_MAX), random)));
                }
                recall(sendOpen());
            }
        }
    }

    /** One round: everything open goes out in a pipeline; returns the handles of what was acknowledged. */
    private Map<Key, String> sendOpen() {
        RawClient client = line.client();
        Map<Key, CompletableFuture<Answer>> answers = new LinkedHashMap<>();
        open.forEach((key, sending) -> {
            history.sent(key, sending.dueMs());
            answers.put(
                    key,
                    topic.schedule(
                            client,
                            (int) (key.n() % queueCount),
                            Stream.uniqueId(key),
                            sending.dueMs(),
                            sending.body()));
        });
        Map<Key, String> handles = new LinkedHashMap<>();
        answers.forEach((key, future) -> {
            Answer answer = await(client, future);
            if (answer != null && answer.code() == RawTopic.OK) {
                history.acked(key, System.currentTimeMillis());
                open.remove(key);
                String handle = answer.ext().get("recallHandle");
                if (handle != null) {
                    handles.put(key, handle);
                }
            }
        });
        return handles;
    }

    private void recall(Map<Key, String> handles) {
        RawClient client = line.client();
        Map<Key, CompletableFuture<Answer>> answers = new LinkedHashMap<>();
        List<Key> chosen = new ArrayList<>(handles.keySet());
        chosen.removeIf(key -> random.nextInt(10) > 0);
        for (Key key : chosen) {
            history.recalled(key);
            answers.put(key, topic.recall(client, handles.get(key)));
        }
        answers.forEach((key, future) -> {
            Answer answer = await(client, future);
            if (answer != null && answer.code() == RawTopic.OK) {
                history.cancelled(key);
            } else if (answer != null && answer.code() == ILLEGAL_OPERATION) {
                history.toldDelivered(key);
            } else if (answer != null && answer.code() != 14) {
                throw new AssertionError("a recall of " + key + " was answered with " + answer);
            }
        });
    }

    /** The answer, or null when the connection went first. */
    private static @Nullable Answer await(RawClient client, CompletableFuture<Answer> future) {
        try {
            return future.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            return null; // the connection is gone: nobody knows what became of it
        } catch (TimeoutException e) {
            client.close();
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
