package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends with a fixed number in flight on each connection: every answer makes room for the next send. Finds out how much the
 * server can do; latencies count from the write.
 */
final class ClosedLoop extends Load {
    private final SendFrame frame;
    private final int window;
    private final long framesMax;
    /** Frames made so far. Written by the load's thread, once a read batch. */
    private volatile long frames;

    private ClosedLoop(Ticker ticker, List<Wire> wires, SendFrame frame, int window, long framesMax) {
        super(ticker, wires);
        this.frame = frame;
        this.window = window;
        this.framesMax = framesMax;
    }

    /** Sends until stopped. */
    static ClosedLoop endless(Ticker ticker, InetSocketAddress address, SendFrame frame, int connections, int window)
            throws IOException {
        return new ClosedLoop(ticker, connect(address, frame, connections, window), frame, window, Long.MAX_VALUE);
    }

    /** Sends so many messages, and then only waits to be stopped. */
    static ClosedLoop of(Ticker ticker, InetSocketAddress address, SendFrame frame, long messages) throws IOException {
        return of(ticker, address, frame, 4, 64, messages);
    }

    /** The same with other connections than usual, and so many sends in flight on each. */
    static ClosedLoop of(
            Ticker ticker, InetSocketAddress address, SendFrame frame, int connections, int window, long messages)
            throws IOException {
        long frames = (messages + frame.messages() - 1) / frame.messages();
        return new ClosedLoop(ticker, connect(address, frame, connections, window), frame, window, frames);
    }

    private static List<Wire> connect(InetSocketAddress address, SendFrame frame, int connections, int window)
            throws IOException {
        List<Wire> wires = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            wires.add(Wire.connect(address, window * frame.length()));
        }
        return wires;
    }

    /** How many messages were sent, answered or not. */
    long sent() {
        return frames * frame.messages();
    }

    /** Whether all that was to be sent has been sent. */
    boolean hasSentAll() {
        return frames >= framesMax;
    }

    @Override
    void begin(Wire wire, long nowNs) {
        refill(wire, nowNs);
    }

    @Override
    void handle(Wire wire, Answer answer, Recorder phase, long nowNs) {
        long sentAtNs = wire.settle(answer.opaque());
        if (sentAtNs < 0) {
            phase.error("answer that nothing asked for");
        } else if (answer.code() != 0) {
            phase.refused("send", answer);
        } else {
            phase.acknowledged(frame.messages(), nowNs - sentAtNs);
        }
    }

    @Override
    void refill(Wire wire, long nowNs) {
        long next = frames;
        while (wire.inFlight() < window && wire.hasRoomFor(frame.length()) && next < framesMax) {
            frame.put(wire.output(), wire.nextOpaque(nowNs), next++, nowNs);
        }
        frames = next;
    }
}
