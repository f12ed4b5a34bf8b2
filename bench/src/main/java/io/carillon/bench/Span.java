package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.time.Duration;

/**
 * What a server used while a measurement lasted. CPU is exact to 10 ms; memory is the peak of samples.
 */
record Span(double seconds, double cpuSeconds, long anonymousBytesMax, int threads, int files, long writtenBytes) {
    private static final int SAMPLE_MS = 250;

    /** Lets {@code duration} pass. Fails early when the load does. */
    static Span over(Ticker ticker, Server server, Duration duration, Load load)
            throws IOException, InterruptedException {
        return over(ticker, server, duration, load::rethrowFailure);
    }

    /** Lets {@code duration} pass without a load. */
    static Span resting(Ticker ticker, Server server, Duration duration) throws IOException, InterruptedException {
        return over(ticker, server, duration, () -> {});
    }

    /** Asked while time passes. */
    private interface Check {
        void run() throws IOException;
    }

    private static Span over(Ticker ticker, Server server, Duration duration, Check check)
            throws IOException, InterruptedException {
        Sampler sampler = new Sampler(ticker, server);
        while (sampler.elapsedNs() < duration.toNanos()) {
            sampler.sleep(duration);
            check.run();
        }
        return sampler.end();
    }

    double cpuPerMillion(long messages) {
        return cpuSeconds / messages * 1e6;
    }

    Figures figures() {
        return new Figures()
                .put(Metric.ANONYMOUS_MB, anonymousBytesMax / 1e6)
                .put(Metric.THREADS, threads)
                .put(Metric.FILES, files);
    }

    /** Follows a server from now on. */
    static final class Sampler {
        private final Ticker ticker;
        private final Server server;
        private final long startNs;
        private final ProcessUsage before;
        private long anonymousBytesMax;

        Sampler(Ticker ticker, Server server) throws IOException {
            this.ticker = ticker;
            this.server = server;
            this.before = server.usage();
            this.startNs = ticker.nanoTime();
        }

        long elapsedNs() {
            return ticker.nanoTime() - startNs;
        }

        /** Waits for the next sample, but not beyond {@code atMost} from the start. */
        void sleep(Duration atMost) throws IOException, InterruptedException {
            Thread.sleep(Math.clamp((atMost.toNanos() - elapsedNs()) / 1_000_000, 0, SAMPLE_MS));
            anonymousBytesMax = Math.max(anonymousBytesMax, server.usage().anonymousBytes());
        }

        Span end() throws IOException {
            ProcessUsage after = server.usage();
            return new Span(
                    elapsedNs() / 1e9,
                    after.cpuSeconds() - before.cpuSeconds(),
                    Math.max(anonymousBytesMax, after.anonymousBytes()),
                    after.threads(),
                    after.files(),
                    after.writtenBytes() - before.writtenBytes());
        }
    }
}
