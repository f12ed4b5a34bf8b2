package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Sends halves with a fixed number in flight on each connection, and commits each as soon as it is acknowledged. */
final class TransactionLoop extends Load {
    private final SendFrame frame;
    private final EndFrame end = new EndFrame();
    private final int window;
    private long frames;

    private TransactionLoop(Ticker ticker, List<Wire> wires, SendFrame frame, int window) {
        super(ticker, wires);
        this.frame = frame;
        this.window = window;
    }

    static TransactionLoop endless(
            Ticker ticker, InetSocketAddress address, SendFrame frame, int connections, int window) throws IOException {
        List<Wire> wires = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            wires.add(Wire.connect(address, 2 * window * (frame.length() + new EndFrame().length())));
        }
        return new TransactionLoop(ticker, wires, frame, window);
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
        } else if (!wire.hasRoomFor(end.length())) {
            phase.error("no room for a commit");
        } else {
            end.put(wire.output(), answer.queueOffset(), answer.logOffset());
            phase.acknowledged(1, nowNs - sentAtNs);
        }
    }

    @Override
    void refill(Wire wire, long nowNs) {
        while (wire.inFlight() < window && wire.hasRoomFor(frame.length() + end.length())) {
            frame.put(wire.output(), wire.nextOpaque(nowNs), frames++, nowNs);
        }
    }
}
