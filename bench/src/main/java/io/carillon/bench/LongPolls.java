package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One long poll on each queue of a topic over one connection, from the queues' ends on: follows in real time. */
final class LongPolls extends Load {
    private static final int FOUND = 0;
    private static final int NOT_FOUND = 19;
    private static final int RETRY_IMMEDIATELY = 20;

    private final List<Pull> pulls;
    private final long delayMs;

    private LongPolls(Ticker ticker, Wire wire, List<Pull> pulls, long delayMs) {
        super(ticker, List.of(wire));
        this.pulls = pulls;
        this.delayMs = delayMs;
    }

    static LongPolls fromTheEnd(Ticker ticker, InetSocketAddress address, SendShape shape) throws IOException {
        long delayMs = shape.delay().isNone() ? 0 : shape.delay().ms();
        List<Pull> pulls = new ArrayList<>();
        try (Admin admin = Admin.connect(address)) {
            for (int queue = 0; queue < shape.queues(); queue++) {
                long end = admin.maxOffset(shape.topicName(0), queue);
                pulls.add(new Pull(shape.topicName(0), queue, queue, true, end));
            }
        }
        return new LongPolls(ticker, Wire.connect(address, 64 << 10), pulls, delayMs);
    }

    @Override
    void begin(Wire wire, long nowNs) {
        pulls.forEach(pull -> wire.output().put(pull.encode()));
    }

    @Override
    void handle(Wire wire, Answer answer, Recorder phase, long nowNs) {
        Pull pull = pulls.get(answer.opaque());
        switch (answer.code()) {
            case FOUND -> {
                long nowMs = ticker.nowMs();
                int count = PulledRecords.walk(
                        answer,
                        pull.offset(),
                        (sentAtNs, sentAtMs) -> delivered(phase, nowNs - sentAtNs, nowMs - sentAtMs));
                if (count < 0) {
                    phase.error("pull brought other messages than asked for");
                } else {
                    phase.received(count);
                }
                pull.moveTo(answer.nextBeginOffset());
            }
            case NOT_FOUND, RETRY_IMMEDIATELY -> {} // the poll's time was over
            default -> phase.refused("pull", answer);
        }
        wire.output().put(pull.encode());
    }

    /** The steady clock tells how late it is, and the wall clock, by which servers fire, whether it is early. */
    private void delivered(Recorder phase, long afterNs, long afterMs) {
        phase.delivered(afterNs - TimeUnit.MILLISECONDS.toNanos(delayMs));
        if (afterMs < delayMs) {
            phase.early();
        }
    }

    @Override
    boolean waitsFor(Wire wire) {
        return false;
    }
}
