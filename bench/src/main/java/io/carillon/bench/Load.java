package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A running load: one thread that waits on the sockets of its connections, handles all answers that a read brought and then
 * writes what they made room for, in one write a connection. Whoever started it moves it from phase to phase with
 * {@link #record} and ends it with {@link #stop}.
 */
abstract class Load {
    private static final long DRAIN_NS = TimeUnit.SECONDS.toNanos(10);

    final Ticker ticker;
    private final List<Wire> wires;
    private final Thread thread;
    private volatile Recorder recorder = new Recorder();
    private volatile boolean stopping;
    private volatile @Nullable Exception failure;

    Load(Ticker ticker, List<Wire> wires) {
        this.ticker = ticker;
        this.wires = List.copyOf(wires);
        this.thread = Thread.ofPlatform().name("load").daemon().unstarted(this::run);
    }

    // ---- what the kinds of load differ in; all called by the load's thread

    /** Makes the first requests of a connection. */
    abstract void begin(Wire wire, long nowNs);

    abstract void handle(Wire wire, Answer answer, Recorder phase, long nowNs);

    /** Makes the requests for which the answers made room. Not called any more once the load is stopping. */
    void refill(Wire wire, long nowNs) {}

    /** Whether a stopped load still waits for this connection's answers. */
    boolean waitsFor(Wire wire) {
        return wire.inFlight() > 0;
    }

    /** Whether this thread, and not another, writes to the connections. */
    boolean writes() {
        return true;
    }

    // ---- the face

    final Load start() {
        thread.start();
        return this;
    }

    /** From now on, what the load sees goes into {@code next}. */
    final void record(Recorder next) {
        recorder = next;
    }

    final boolean isStopping() {
        return stopping;
    }

    /** Lets no further request be made. */
    final void markStopping() {
        stopping = true;
    }

    /** Ends the load after the answers still due, and reports what made it fail, if something did. */
    void stop() throws IOException, InterruptedException {
        markStopping();
        thread.join();
        for (Wire wire : wires) {
            wire.close();
        }
        rethrowFailure();
    }

    /** Throws when the load has failed. */
    final void rethrowFailure() throws IOException {
        Exception cause = failure;
        if (cause != null) {
            throw new IOException("the load failed: " + cause.getMessage(), cause);
        }
    }

    final boolean isDone() {
        return !thread.isAlive();
    }

    // ---- the loop

    private void run() {
        try (Selector selector = Selector.open()) {
            for (Wire wire : wires) {
                wire.register(selector);
                begin(wire, ticker.nanoTime());
                flush(wire, wire.register(selector));
            }
            while (!stopping) {
                turn(selector);
            }
            drain(selector);
        } catch (IOException | RuntimeException e) {
            failure = e;
        }
    }

    private void drain(Selector selector) {
        long deadlineNs = ticker.nanoTime() + DRAIN_NS;
        while (wires.stream().anyMatch(this::waitsFor)) {
            if (ticker.nanoTime() > deadlineNs) {
                recorder.error("no answer within 10 s");
                return;
            }
            turn(selector);
        }
    }

    private void turn(Selector selector) {
        try {
            selector.select(this::serve, 50);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(SelectionKey key) {
        try {
            Wire wire = (Wire) key.attachment();
            if (key.isReadable()) {
                wire.read();
                long nowNs = ticker.nanoTime();
                Recorder phase = recorder;
                Answer answer;
                while ((answer = wire.next()) != null) {
                    handle(wire, answer, phase, nowNs);
                }
                if (!stopping) {
                    refill(wire, nowNs);
                }
            }
            flush(wire, key);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void flush(Wire wire, SelectionKey key) throws IOException {
        if (writes()) {
            boolean all = wire.flush();
            key.interestOps(all ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        }
    }
}
