package io.carillon.systemtests.delaystores;

import io.carillon.systemtests.harness.CarillonServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Clients that send, pull and acknowledge at all nodes all the time, as JSON over HTTP, and write down what they did and were
 * told. A send is repeated, at any node, until it is answered; some of what is received is not acknowledged.
 */
final class Traffic implements AutoCloseable {
    static final long VISIBILITY_MS = 4_000;

    private static final String TOPIC = "/v1/topics/faults";
    private static final int SENDERS = 3;
    private static final int RECEIVERS = 6;
    private static final int BATCH = 10;
    private static final int DELAY_MAX_MS = 3_000;
    private static final int NEGLECT_ONE_OF = 10;
    private static final long PACE_NS = 100_000_000L;
    /** Longer than anything stands still here: what a node answers late is seen, too. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private static final Pattern SENT = Pattern.compile("\"sent\":\\{\"id\":\"[^\"]+\",\"dueAt\":\"([^\"]+)\"");
    private static final Pattern OUTCOME = Pattern.compile("\\{\"(?:sent|problem)\":");
    private static final Pattern RECEIVED = Pattern.compile(
            "\"text\":\"([^\"]+)\"[^{}]*\\},\"receipt\":\"([^\"]+)\",\"attempt\":\\d+,\"visibleAt\":\"([^\"]+)\"");
    private static final Pattern SETTLED = Pattern.compile("\"(DONE|TOO_LATE|[A-Z_]+)\"");

    private final List<CarillonServer> nodes;
    private final QueueHistory history;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final List<Thread> senders = new ArrayList<>();
    private final List<Thread> receivers = new ArrayList<>();
    private final Queue<Throwable> crashes = new ConcurrentLinkedQueue<>();
    private volatile boolean isSending = true;
    private volatile boolean isReceiving = true;

    Traffic(List<CarillonServer> nodes, QueueHistory history, long seed) {
        this.nodes = nodes;
        this.history = history;
        for (int i = 0; i < SENDERS; i++) {
            String name = "s" + i + "-";
            Random random = new Random(seed + i);
            senders.add(launch(() -> send(name, random)));
        }
        for (int i = 0; i < RECEIVERS; i++) {
            Random random = new Random(seed - 1 - i);
            receivers.add(launch(() -> receive(random)));
        }
    }

    private Thread launch(Runnable work) {
        return Thread.ofVirtual().start(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error crash) {
                crashes.add(crash);
            }
        });
    }

    /** What went wrong with the clients themselves. */
    List<Throwable> crashes() {
        return List.copyOf(crashes);
    }

    /** Returns when nobody sends any more, and each send has its answer. */
    void stopSending() {
        isSending = false;
        join(senders);
    }

    private static void join(List<Thread> threads) {
        for (Thread thread : threads) {
            try {
                if (!thread.join(Duration.ofSeconds(60))) {
                    throw new AssertionError("a client hangs");
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new AssertionError(interrupted);
            }
        }
    }

    // ---- sending

    private void send(String name, Random random) {
        for (long n = 0; isSending; n += BATCH) {
            List<String> keys = new ArrayList<>();
            StringBuilder json = new StringBuilder("{\"messages\":[");
            long nowMs = System.currentTimeMillis();
            for (int i = 0; i < BATCH; i++) {
                String key = name + (n + i);
                long delayMs = random.nextInt(DELAY_MAX_MS);
                json.append(i == 0 ? "" : ",")
                        .append("{\"text\":\"" + key + "\",\"idempotencyKey\":\"" + key + "\",\"delay\":\""
                                + delayMs / 1_000.0 + "s\"}");
                keys.add(key);
                history.sending(key, nowMs + delayMs);
            }
            String whole = json.append("]}").toString();
            while (!wasTaken(keys, ask(random, TOPIC + "/messages:batch", whole))) {
                LockSupport.parkNanos(PACE_NS);
            }
            LockSupport.parkNanos(PACE_NS);
        }
    }

    /** Whether all of them were taken: else all are sent again, and those that were are known by their keys. */
    private boolean wasTaken(List<String> keys, String answer) {
        if (OUTCOME.matcher(answer).results().count() != keys.size()) {
            return false;
        }
        List<MatchResult> sent = SENT.matcher(answer).results().toList();
        if (sent.size() != keys.size()) {
            return false;
        }
        long nowMs = System.currentTimeMillis();
        for (int i = 0; i < keys.size(); i++) {
            history.accepted(keys.get(i), Instant.parse(sent.get(i).group(1)).toEpochMilli(), nowMs);
        }
        return true;
    }

    // ---- receiving

    private void receive(Random random) {
        String where = TOPIC + "/groups/judge";
        String pull = "{\"max\":20,\"wait\":\"1s\",\"visibility\":\"" + VISIBILITY_MS / 1_000.0 + "s\"}";
        while (isReceiving) {
            String answer = ask(random, where + ":pull", pull);
            long gotMs = System.currentTimeMillis();
            List<String> keys = new ArrayList<>();
            List<String> receipts = new ArrayList<>();
            RECEIVED.matcher(answer).results().forEach(one -> {
                long untilMs = Instant.parse(one.group(3)).toEpochMilli();
                history.delivered(one.group(1), new QueueHistory.Delivery(untilMs - VISIBILITY_MS, untilMs, gotMs));
                if (random.nextInt(NEGLECT_ONE_OF) > 0) {
                    keys.add(one.group(1));
                    receipts.add(one.group(2));
                }
            });
            keys.forEach(history::acknowledging);
            if (!keys.isEmpty()) {
                acknowledge(
                        keys,
                        ask(random, where + ":ack", "{\"receipts\":[\"" + String.join("\",\"", receipts) + "\"]}"));
            } else if (answer.isEmpty()) {
                LockSupport.parkNanos(PACE_NS);
            }
        }
    }

    private void acknowledge(List<String> keys, String answer) {
        int outcomesAt = answer.indexOf("\"outcomes\":");
        if (outcomesAt < 0) {
            return;
        }
        List<MatchResult> outcomes =
                SETTLED.matcher(answer.substring(outcomesAt + 11)).results().toList();
        if (outcomes.size() != keys.size()) {
            throw new AssertionError(keys.size() + " receipts, and the answer is " + answer);
        }
        long nowMs = System.currentTimeMillis();
        for (int i = 0; i < keys.size(); i++) {
            if (outcomes.get(i).group(1).equals("DONE")) {
                history.acknowledged(keys.get(i), nowMs);
            } else {
                history.tooLate(keys.get(i));
            }
        }
    }

    /** The answer of some node; empty when there is none, or it is a refusal. */
    private String ask(Random random, String path, String json) {
        CarillonServer node = nodes.get(random.nextInt(nodes.size()));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort() + path))
                .timeout(PATIENCE)
                .POST(BodyPublishers.ofString(json))
                .build();
        try {
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            if (answer.statusCode() >= 400 && answer.statusCode() < 500) {
                throw new AssertionError(path + " was answered " + answer.statusCode() + " " + answer.body());
            }
            return answer.statusCode() == 200 ? answer.body() : "";
        } catch (IOException _) {
            return ""; // the node is dead, or dies, or stands still
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }

    @Override
    public void close() {
        isSending = false;
        isReceiving = false;
        join(senders);
        join(receivers);
        http.shutdownNow();
    }
}
