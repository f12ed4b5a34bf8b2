package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Pulls the queues of a filled topic or of many, 32 messages at a time, a fixed number of pulls in flight on each
 * connection. Endless: a queue that is read to its end is read again from its start. Once: the load is finished when every
 * queue is at its end.
 */
final class Drain extends Load {
    private static final int FOUND = 0;
    private static final int NOT_FOUND = 19;
    private static final int CONNECTIONS = 4;
    /** A pull request of ours is never longer. */
    private static final int REQUEST_BYTES_MAX = 1024;

    private final List<Pull> pulls;
    private final Reader reader;
    private final boolean endless;
    private final int window;
    private final Queue<Pull> waiting = new ArrayDeque<>();
    private final Map<Wire, Integer> inFlight = new HashMap<>();
    private final AtomicInteger left;

    /** Told of each message, by the load's thread. */
    interface Reader {
        void message(int queue, long mark);
    }

    private Drain(Ticker ticker, List<Wire> wires, List<Pull> pulls, Reader reader, boolean endless, int window) {
        super(ticker, wires);
        this.pulls = pulls;
        this.reader = reader;
        this.endless = endless;
        this.window = window;
        this.left = new AtomicInteger(pulls.size());
        waiting.addAll(pulls);
    }

    static Drain endless(Ticker ticker, InetSocketAddress address, SendShape shape) throws IOException {
        return open(ticker, address, shape, (queue, mark) -> {}, true);
    }

    static Drain once(Ticker ticker, InetSocketAddress address, SendShape shape) throws IOException {
        return once(ticker, address, shape, (queue, mark) -> {});
    }

    static Drain once(Ticker ticker, InetSocketAddress address, SendShape shape, Reader reader) throws IOException {
        return open(ticker, address, shape, reader, false);
    }

    private static Drain open(Ticker ticker, InetSocketAddress address, SendShape shape, Reader reader, boolean endless)
            throws IOException {
        List<Pull> pulls = new ArrayList<>();
        for (int topic = 0; topic < shape.topics(); topic++) {
            for (int queue = 0; queue < shape.queues(); queue++) {
                pulls.add(new Pull(shape.topicName(topic), queue, pulls.size(), false, 0));
            }
        }
        int window = Math.clamp(pulls.size() / CONNECTIONS, 1, 8);
        List<Wire> wires = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            wires.add(Wire.connect(address, 2 * window * REQUEST_BYTES_MAX));
        }
        return new Drain(ticker, wires, pulls, reader, endless, window);
    }

    /** Whether every queue was read to its end. */
    boolean hasReadAll() {
        return left.get() == 0;
    }

    @Override
    void begin(Wire wire, long nowNs) {
        inFlight.put(wire, 0);
        refill(wire, nowNs);
    }

    @Override
    void refill(Wire wire, long nowNs) {
        while (inFlight.getOrDefault(wire, 0) < window && !waiting.isEmpty()) {
            request(wire, waiting.remove());
        }
    }

    private void request(Wire wire, Pull pull) {
        wire.output().put(pull.encode());
        inFlight.merge(wire, 1, Integer::sum);
    }

    @Override
    void handle(Wire wire, Answer answer, Recorder phase, long nowNs) {
        inFlight.merge(wire, -1, Integer::sum);
        Pull pull = pulls.get(answer.opaque());
        boolean atEnd = atEndAfter(answer, pull, phase);
        if (!atEnd) {
            again(wire, pull);
        } else if (endless) {
            pull.moveTo(0);
            again(wire, pull);
        } else {
            left.decrementAndGet();
        }
    }

    /** A stopping load asks for nothing more. */
    private void again(Wire wire, Pull pull) {
        if (!isStopping()) {
            request(wire, pull);
        }
    }

    private boolean atEndAfter(Answer answer, Pull pull, Recorder phase) {
        return switch (answer.code()) {
            case FOUND -> atEndAfterFound(answer, pull, phase);
            case NOT_FOUND -> true;
            default -> {
                phase.refused("pull", answer);
                yield true;
            }
        };
    }

    private boolean atEndAfterFound(Answer answer, Pull pull, Recorder phase) {
        int count = PulledRecords.walk(answer, pull.offset(), (_, mark) -> reader.message(answer.opaque(), mark));
        if (count < 0) {
            phase.error("pull brought other messages than asked for");
        } else {
            phase.received(count);
        }
        pull.moveTo(answer.nextBeginOffset());
        return pull.offset() >= answer.maxOffset();
    }

    @Override
    boolean waitsFor(Wire wire) {
        return inFlight.getOrDefault(wire, 0) > 0;
    }
}
