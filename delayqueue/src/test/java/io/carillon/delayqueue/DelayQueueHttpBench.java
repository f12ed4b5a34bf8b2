package io.carillon.delayqueue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Figures over HTTP; see {@link DelayQueueBench}. */
class DelayQueueHttpBench {
    private static final String SEND = "/v1/topics/bench/messages";
    private static final String PULL = "/v1/topics/bench/groups/g:pull";

    private Rig rig;

    @BeforeEach
    void open() {
        rig = Rig.fresh();
        rig.audits = false;
        rig.timing = DelayQueueBench.timing(DelayTimer.Style.NOTIFY);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static String message(String delay) {
        return "{\"text\":\"" + "x".repeat(1_024) + "\",\"delay\":\"" + delay + "\"}";
    }

    @Test
    void singleSendsOfSixtyFourClients() {
        try (HttpNode node = new HttpNode(DelayQueueBench.ready(rig))) {
            send(node.port(), Math.min(10, DelayQueueBench.SECONDS));
            Measured measured = Measured.begin();
            Measured.Times times = send(node.port(), DelayQueueBench.SECONDS);
            measured.end("single sends of 64 clients over HTTP", times.count(), "5,000 a second");
            times.print("  time of a send", 1e6, "p99 30 ms");
        }
    }

    private static Measured.Times send(int port, long seconds) {
        Measured.Times times = new Measured.Times((int) seconds * 50_000);
        long endNs = System.nanoTime() + seconds * 1_000_000_000;
        String message = message("600s");
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 64; i++) {
                clients.submit(() -> {
                    try (HttpLoad link = new HttpLoad(port, 4_096)) {
                        while (System.nanoTime() < endNs) {
                            long atNs = System.nanoTime();
                            link.post(SEND, message);
                            times.add(System.nanoTime() - atNs);
                        }
                    }
                    return times;
                });
            }
        }
        return times;
    }

    /** The node runs in a process of its own with the flags of the server; each of the connections waits for a message. */
    @Test
    void tenThousandWaitingLongPolls() throws Exception {
        int count = Integer.getInteger("bench.polls", 10_000);
        Process process = startNode();
        try (BufferedReader out = process.inputReader();
                WaitingPolls polls = new WaitingPolls()) {
            int port = port(out);
            HttpLoad sender = new HttpLoad(port, 4_096);
            sender.post(PULL, "{\"max\":1,\"wait\":\"0s\"}");
            // Warms up what sends and wakes.
            wake(port, sender, 2_000, 100);
            long before = residentKb(process);
            InetSocketAddress at = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            for (int i = 0; i < count; i++) {
                polls.add(at, PULL, "{\"max\":1,\"wait\":\"30s\"}");
            }
            Rig.await(() -> waiting(sender) == count);
            System.out.printf(
                    "BENCH %,d waiting long polls: resident memory of the node %,d MB, %,d MB before%s%n",
                    count, residentKb(process) >> 10, before >> 10, Measured.wanted("300 MB"));
            woken(sender, polls, Math.min(1_000, count)); // code is compiled meanwhile
            Measured measured = Measured.begin();
            Measured.Times times = woken(sender, polls, Math.min(1_000, count));
            measured.end("messages, each for one of them", times.count(), "");
            times.print("  from due to woken, with all the others waiting", 1, "p99 20 ms");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private Process startNode() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms64m",
                        "-Xmx160m",
                        "-Xmn24m",
                        "-XX:+UseSerialGC",
                        "-XX:+UseCompactObjectHeaders",
                        "-cp",
                        System.getProperty("java.class.path"),
                        HttpNode.class.getName(),
                        rig.mysqlUrl,
                        rig.redisUrl())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static int port(BufferedReader out) throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("PORT ")) {
                return Integer.parseInt(line.substring(5));
            }
        }
        throw new IOException("the node did not start");
    }

    private static void wake(int port, HttpLoad sender, int times, int polls) throws IOException {
        List<HttpLoad> some = new ArrayList<>();
        for (int i = 0; i < polls; i++) {
            some.add(new HttpLoad(port, 4_096));
        }
        for (int i = 0; i < times; i += polls) {
            for (HttpLoad poll : some) {
                poll.say(PULL, "{\"max\":1,\"wait\":\"30s\"}");
                sender.post(SEND, message("0.05s"));
            }
            for (HttpLoad poll : some) {
                poll.hear();
            }
        }
        for (HttpLoad poll : some) {
            poll.close();
        }
    }

    /** 200 messages a second for five seconds; every one wakes one of those that wait. */
    private static Measured.Times woken(HttpLoad sender, WaitingPolls polls, int messages) throws Exception {
        Measured.Times late = new Measured.Times(messages);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> sent = threads.submit(() -> send(sender, messages));
            polls.hear(messages, late::add);
            sent.get();
        }
        return late;
    }

    private static Void send(HttpLoad sender, int messages) throws IOException {
        long nextNs = System.nanoTime();
        for (int i = 0; i < messages; i++) {
            sender.post(SEND, message("0.3s"));
            nextNs += 5_000_000;
            LockSupport.parkNanos(nextNs - System.nanoTime());
        }
        return null;
    }

    private static long waiting(HttpLoad link) {
        try {
            String metrics = link.get("/metrics");
            int at = metrics.indexOf("\ndelayqueue_waiting_pulls ");
            String number = metrics.substring(at + 26, metrics.indexOf('\n', at + 26));
            return (long) Double.parseDouble(number);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static long residentKb(Process process) throws IOException {
        String status = Files.readString(Path.of("/proc/" + process.pid() + "/status"), StandardCharsets.US_ASCII);
        int at = status.indexOf("VmRSS:") + 6;
        return Long.parseLong(status.substring(at, status.indexOf("kB", at)).strip());
    }
}
