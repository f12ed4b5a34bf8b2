package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends at a fixed rate, whatever the server does, while long polls on every queue follow in real time. A thread of its own
 * writes what is due; the load's thread reads acknowledgements and deliveries. Both latencies count from the moment at which
 * the message was due, which stands in its body, with the wall clock at its writing as the mark.
 */
final class OpenLoop extends Load {
    private final Wire sending;
    private final SendFrame frame;
    private final int ratePerSecond;
    private final LongPolls polls;
    private final Thread pacer;
    private volatile @Nullable IOException pacerFailure;

    private OpenLoop(Ticker ticker, Wire sending, SendFrame frame, int ratePerSecond, LongPolls polls) {
        super(ticker, List.of(sending));
        this.sending = sending;
        this.frame = frame;
        this.ratePerSecond = ratePerSecond;
        this.polls = polls;
        this.pacer = Thread.ofPlatform().name("pacer").daemon().unstarted(this::pace);
    }

    static OpenLoop open(Ticker ticker, InetSocketAddress address, SendFrame frame, int ratePerSecond, LongPolls polls)
            throws IOException {
        // Room for what falls due while the server does not read for ten seconds.
        int room = Math.min(256 << 20, 10 * ratePerSecond * frame.length());
        return new OpenLoop(ticker, Wire.connect(address, room), frame, ratePerSecond, polls);
    }

    OpenLoop begin() {
        polls.start();
        start();
        pacer.start();
        return this;
    }

    /** Moves both the sending and the following side into the next phase. */
    void recordBoth(Recorder sends, Recorder deliveries) {
        record(sends);
        polls.record(deliveries);
    }

    private void pace() {
        var schedule = new Schedule(ticker.nanoTime(), ratePerSecond);
        long n = 0;
        try {
            while (!isStopping()) {
                for (long due = schedule.dueBy(ticker.nanoTime()); n < due && sending.hasRoomFor(frame.length()); n++) {
                    long dueAtNs = schedule.dueAtNs(n);
                    frame.put(sending.output(), sending.nextOpaque(dueAtNs), n, dueAtNs, ticker.nowMs());
                }
                sending.flush();
                LockSupport.parkNanos(schedule.dueAtNs(n) - ticker.nanoTime());
            }
            flushRest();
        } catch (IOException e) {
            pacerFailure = e;
        }
    }

    private void flushRest() throws IOException {
        long deadlineNs = ticker.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (!sending.flush() && ticker.nanoTime() < deadlineNs) {
            LockSupport.parkNanos(100_000);
        }
    }

    @Override
    boolean writes() {
        return false;
    }

    @Override
    void begin(Wire wire, long nowNs) {
        // The pacer makes the requests.
    }

    @Override
    void handle(Wire wire, Answer answer, Recorder phase, long nowNs) {
        long dueAtNs = wire.settle(answer.opaque());
        if (dueAtNs < 0) {
            phase.error("answer that nothing asked for");
        } else if (answer.code() != 0) {
            phase.refused("send", answer);
        } else {
            phase.acknowledged(frame.messages(), nowNs - dueAtNs);
        }
    }

    /** Ends the sending, and the following only when so much time has passed. */
    void stopAfter(Duration lingering) throws IOException, InterruptedException {
        endOfSends();
        Thread.sleep(lingering);
        stop();
    }

    @Override
    void stop() throws IOException, InterruptedException {
        endOfSends();
        super.stop();
        polls.stop();
        IOException cause = pacerFailure;
        if (cause != null) {
            throw new IOException("the pacer failed: " + cause.getMessage(), cause);
        }
    }

    private void endOfSends() throws InterruptedException {
        markStopping();
        pacer.join();
    }
}
