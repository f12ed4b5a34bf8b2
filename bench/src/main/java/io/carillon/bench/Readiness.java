package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Waits until a server that was just started is of use. Asks every few milliseconds. */
final class Readiness {
    private static final String TOPIC = "bench_ready";
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int PAUSE_MS = 5;

    private final Ticker ticker;
    private final RandomGenerator random;
    private final Child child;
    private final long startedNs;

    private Readiness(Ticker ticker, Child child, long startedNs) {
        this.ticker = ticker;
        this.random = new SplittableRandom(startedNs);
        this.child = child;
        this.startedNs = startedNs;
    }

    static Readiness of(Ticker ticker, Child child, long startedNs) {
        return new Readiness(ticker, child, startedNs);
    }

    /** Waits for a line of output that holds {@code pattern}. */
    Matcher line(Pattern pattern) throws IOException, InterruptedException {
        while (true) {
            Matcher matcher = pattern.matcher(child.output());
            if (matcher.find()) {
                return matcher;
            }
            pause("no line like " + pattern);
        }
    }

    /** Waits until a message is accepted; returns the seconds from the process's start until then. */
    double firstMessage(InetSocketAddress address) throws IOException, InterruptedException {
        while (!accepts(address)) {
            pause("no message accepted");
        }
        return (ticker.nanoTime() - startedNs) / 1e9;
    }

    private boolean accepts(InetSocketAddress address) {
        try (Admin admin = Admin.connect(address)) {
            admin.sendOne(TOPIC, ticker.nowMs(), random);
            return true;
        } catch (IOException e) {
            return false; // not yet: nothing listens, or the server refuses until it has started
        }
    }

    /** Waits until something listens. */
    void listens(InetSocketAddress address) throws IOException, InterruptedException {
        while (true) {
            try (Admin _ = Admin.connect(address)) {
                return;
            } catch (IOException e) {
                pause("nothing listens at " + address);
            }
        }
    }

    private void pause(String what) throws IOException, InterruptedException {
        child.requireAlive();
        if (ticker.nanoTime() - startedNs > PATIENCE.toNanos()) {
            throw new IOException(what + " within " + PATIENCE.toSeconds() + " s");
        }
        Thread.sleep(PAUSE_MS);
    }
}
