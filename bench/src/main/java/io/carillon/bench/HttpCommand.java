package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** {@code bench http}: load on the delay queue's API over HTTP, of a server that runs already. */
final class HttpCommand {
    static final String USAGE = """
            http --address HOST:PORT --shape single|batch|late|polls [--clients 64] [--body 1024] [--delay 500ms] [--duration 15s]
                 [--rate 1000] [--senders 8] [--polls 10000]
                single: each client sends one message after another.
                batch:  half of the clients send batches of 50 that are due after the delay, half pull 50 and acknowledge them.
                late:   so many of the clients send at the rate together, due after the delay, the others pull; tells how late.
                polls:  lets so many pulls wait, a connection each, and sends 200 messages a second, each due 0.3 s later,
                        which wake one each; tells how late those of the second 5 s are.
            """;

    private static final int BATCH = 50;
    private static final int WOKEN = 1_000;
    private static final long WOKEN_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final long LATENCY_MAX_NS = TimeUnit.MINUTES.toNanos(5);

    private final Options options;
    private final PrintStream out;
    private final InetSocketAddress at;
    private final int clients;
    private final Duration duration;
    private final String text;
    private final String delay;
    private final Ticker ticker = Ticker.system();
    private final String topic = "bench-http-" + Long.toHexString(ticker.nanoTime());
    private final LongAdder sent = new LongAdder();
    private final LongAdder acked = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final Histogram sends = new ConcurrentHistogram(LATENCY_MAX_NS, 3);
    private final Histogram lateness = new ConcurrentHistogram(LATENCY_MAX_NS, 3);
    private volatile boolean isMeasured;
    private volatile boolean isOver;

    HttpCommand(String[] args, PrintStream out) {
        options = Options.parse(
                args,
                1,
                Set.of("address", "shape", "clients", "body", "delay", "rate", "senders", "duration", "polls"),
                Set.of());
        this.out = out;
        String[] address = options.text("address", "127.0.0.1:8080").split(":", 2);
        at = new InetSocketAddress(address[0], Integer.parseInt(address[1]));
        clients = options.number("clients", 64);
        duration = options.duration("duration", Duration.ofSeconds(15));
        text = "x".repeat(options.number("body", 1024));
        delay = options.duration("delay", Duration.ofMillis(500)).toMillis() / 1000.0 + "s";
    }

    private interface Client {
        void work(HttpLink link) throws IOException, InterruptedException;
    }

    /** The exit status: 1 when an answer was not the wanted one. */
    int run() throws IOException, InterruptedException {
        String shape = options.text("shape", "single");
        if (shape.equals("polls")) {
            return runPolls(options.number("polls", 10_000));
        }
        List<Thread> threads = new ArrayList<>();
        switch (shape) {
            case "single" -> start(threads, clients, this::sendOne);
            case "batch" -> {
                start(threads, Math.max(1, clients / 2), this::sendMany);
                start(threads, Math.max(1, clients / 2), this::pull);
            }
            case "late" -> {
                int senders = options.number("senders", 8);
                int rate = options.number("rate", 1_000);
                AtomicLong next = new AtomicLong();
                long beganNs = ticker.nanoTime();
                start(
                        threads,
                        senders,
                        link -> sendNext(link, beganNs + next.getAndIncrement() * 1_000_000_000L / rate));
                start(threads, Math.max(1, clients - senders), this::pull);
            }
            default -> throw new IllegalArgumentException("no such shape: " + shape);
        }
        TimeUnit.NANOSECONDS.sleep(WARM_UP.toNanos());
        long sentBefore = sent.sum();
        long ackedBefore = acked.sum();
        isMeasured = true;
        TimeUnit.NANOSECONDS.sleep(duration.toNanos());
        isMeasured = false;
        report(shape, sent.sum() - sentBefore, acked.sum() - ackedBefore);
        isOver = true;
        for (Thread thread : threads) {
            thread.join();
        }
        return errors.sum() == 0 ? 0 : 1;
    }

    private int runPolls(int count) throws IOException, InterruptedException {
        int messages = Math.min(WOKEN, count);
        try (HttpPolls polls = new HttpPolls(ticker);
                HttpLink link = new HttpLink(at)) {
            link.post(pullPath(), "{\"max\":1}"); // makes topic and group
            for (int i = 0; i < count; i++) {
                polls.add(at, pullPath(), "{\"max\":1,\"wait\":\"30s\"}");
            }
            wake(polls, messages, _ -> {}); // code is compiled meanwhile
            wake(polls, messages, lateMs -> {
                lateness.recordValue(Math.clamp(TimeUnit.MILLISECONDS.toNanos(lateMs), 0, LATENCY_MAX_NS));
                errors.add(lateMs < 0 ? 1 : 0);
            });
        }
        out.printf(
                "%d polls  woken p50 %.1f ms  p99 %.1f ms  most %.1f ms%n",
                count, ms(lateness, 50), ms(lateness, 99), lateness.getMaxValue() / 1e6);
        return errors.sum() == 0 ? 0 : 1;
    }

    private void wake(HttpPolls polls, int messages, LongConsumer lateMs) throws IOException, InterruptedException {
        isOver = false;
        Thread sender = Thread.startVirtualThread(() -> run(link -> sendSome(link, messages)));
        polls.hear(messages, lateMs);
        sender.join();
    }

    private void sendSome(HttpLink link, int messages) throws IOException, InterruptedException {
        long nextNs = ticker.nanoTime();
        for (int i = 0; i < messages; i++) {
            TimeUnit.NANOSECONDS.sleep(Math.max(0, nextNs - ticker.nanoTime()));
            timed(link, "/v1/topics/" + topic + "/messages", "{\"text\":\"" + text + "\",\"delay\":\"0.3s\"}", 1);
            nextNs += WOKEN_EVERY_NS;
        }
        isOver = true;
    }

    private String pullPath() {
        return "/v1/topics/" + topic + "/groups/bench:pull";
    }

    private void start(List<Thread> threads, int count, Client client) {
        for (int i = 0; i < count; i++) {
            threads.add(Thread.startVirtualThread(() -> run(client)));
        }
    }

    private void run(Client client) {
        try (HttpLink link = new HttpLink(at)) {
            while (!isOver) {
                client.work(link);
            }
        } catch (IOException e) {
            errors.increment();
            out.println("ERROR " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sendOne(HttpLink link) throws IOException {
        timed(link, "/v1/topics/" + topic + "/messages", "{\"text\":\"" + text + "\"}", 1);
    }

    private void sendMany(HttpLink link) throws IOException, InterruptedException {
        while (sent.sum() - acked.sum() > 100_000 && !isOver) {
            TimeUnit.MILLISECONDS.sleep(5); // the pullers are behind
        }
        StringBuilder all = new StringBuilder("{\"messages\":[");
        for (int i = 0; i < BATCH; i++) {
            all.append(i == 0 ? "" : ",").append(message());
        }
        timed(link, "/v1/topics/" + topic + "/messages:batch", all.append("]}").toString(), BATCH);
    }

    private String message() {
        return "{\"text\":\"" + text + "\",\"delay\":\"" + delay + "\"}";
    }

    /** Whoever is free takes the next place in the rate, so one slow answer keeps nobody else from sending. */
    private void sendNext(HttpLink link, long dueNs) throws IOException, InterruptedException {
        TimeUnit.NANOSECONDS.sleep(Math.max(0, dueNs - ticker.nanoTime()));
        timed(link, "/v1/topics/" + topic + "/messages", message(), 1);
    }

    private void timed(HttpLink link, String path, String json, int count) throws IOException {
        long beganNs = ticker.nanoTime();
        link.post(path, json);
        if (isMeasured) {
            sends.recordValue(Math.min(ticker.nanoTime() - beganNs, LATENCY_MAX_NS));
        }
        sent.add(count);
    }

    private void pull(HttpLink link) throws IOException {
        String answer = link.post(pullPath(), "{\"max\":" + BATCH + ",\"wait\":\"1s\"}");
        long nowMs = ticker.nowMs();
        List<String> receipts = values(answer, "receipt");
        if (receipts.isEmpty()) {
            return;
        }
        if (isMeasured) {
            for (String due : values(answer, "dueAt")) {
                long lateMs = nowMs - Instant.parse(due).toEpochMilli();
                lateness.recordValue(Math.clamp(TimeUnit.MILLISECONDS.toNanos(lateMs), 0, LATENCY_MAX_NS));
                if (lateMs < 0) {
                    errors.increment();
                    out.println("ERROR early by " + -lateMs + " ms");
                }
            }
        }
        link.post(
                "/v1/topics/" + topic + "/groups/bench:ack",
                "{\"receipts\":[\"" + String.join("\",\"", receipts) + "\"]}");
        acked.add(receipts.size());
    }

    private static List<String> values(String json, String name) {
        List<String> values = new ArrayList<>();
        String before = "\"" + name + "\":\"";
        for (int at = json.indexOf(before); at >= 0; at = json.indexOf(before, at)) {
            at += before.length();
            values.add(json.substring(at, json.indexOf('"', at)));
        }
        return values;
    }

    private void report(String shape, long sentCount, long ackedCount) {
        double seconds = duration.toMillis() / 1000.0;
        out.printf("%s clients=%d%n", shape, clients);
        out.printf(
                "sent          %,.0f/s  p50 %.1f ms  p99 %.1f ms%n", sentCount / seconds, ms(sends, 50), ms(sends, 99));
        if (ackedCount > 0) {
            out.printf("acknowledged  %,.0f/s%n", ackedCount / seconds);
            out.printf("late          p50 %.1f ms  p99 %.1f ms%n", ms(lateness, 50), ms(lateness, 99));
        }
    }

    private static double ms(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / 1e6;
    }
}
