package io.carillon.systemtests.history;

import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.history.RetryHistory.Try;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * A consumer of one queue that can consume nothing: it reads in order, and sends each message back until that is
 * acknowledged, before it reads on.
 */
final class Retrier implements Runnable {
    private static final int NO_TOPIC = 17;
    private static final int STOPPING = 14;
    private static final long SUSPEND_MS = 200;
    private static final byte[] NOTHING = {};

    private final RawTopic topic;
    private final int queue;
    private final String group;
    private final int triesMax;
    private final Line line;
    private final RetryHistory history;
    private long next;
    private volatile boolean stopping;

    Retrier(RawTopic topic, int queue, String group, int triesMax, Line line, RetryHistory history) {
        this.topic = topic;
        this.queue = queue;
        this.group = group;
        this.triesMax = triesMax;
        this.line = line;
        this.history = history;
    }

    void stop() {
        stopping = true;
    }

    @Override
    public void run() {
        try (line) {
            while (!stopping) {
                try {
                    Answer answer = topic.pull(line.client(), group, queue, next, SUSPEND_MS);
                    if (answer.code() == RawTopic.OK) {
                        sendBack(StoredMessage.all(answer.body()));
                        next = answer.number("nextBeginOffset");
                    } else if (answer.code() == NO_TOPIC) {
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(SUSPEND_MS)); // nothing came back yet
                    }
                } catch (IOException e) {
                    line.close(); // it was killed
                }
            }
        }
    }

    private void sendBack(List<StoredMessage> messages) {
        Map<Long, StoredMessage> open = new LinkedHashMap<>();
        messages.forEach(message -> open.put(message.place().offset(), message));
        while (!open.isEmpty()) {
            RawClient client = line.client();
            Map<Long, CompletableFuture<Answer>> answers = new HashMap<>();
            open.forEach((offset, message) -> {
                history.attempted(tryOf(message), System.currentTimeMillis());
                answers.put(offset, sendBack(client, message.logOffset()));
            });
            answers.forEach((offset, future) -> {
                if (isAcked(client, future)) {
                    history.acked(tryOf(open.remove(offset)));
                }
            });
        }
    }

    private static Try tryOf(StoredMessage message) {
        return new Try(message.key(), message.tries());
    }

    private CompletableFuture<Answer> sendBack(RawClient client, long logOffset) {
        return client.send(
                36,
                Map.of(
                        "group",
                        group,
                        "offset",
                        Long.toString(logOffset),
                        "delayLevel",
                        "1",
                        "originTopic",
                        topic.topic(),
                        "unitMode",
                        "false",
                        "maxReconsumeTimes",
                        Integer.toString(triesMax)),
                NOTHING);
    }

    private static boolean isAcked(RawClient client, CompletableFuture<Answer> future) {
        try {
            Answer answer = future.get(30, TimeUnit.SECONDS);
            if (answer.code() != RawTopic.OK && answer.code() != STOPPING) {
                throw new AssertionError("sending back was answered with " + answer);
            }
            return answer.code() == RawTopic.OK;
        } catch (ExecutionException e) {
            return false; // the connection is gone: nobody knows what became of it
        } catch (TimeoutException e) {
            client.close();
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
