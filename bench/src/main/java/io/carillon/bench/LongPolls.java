package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** One long poll on each queue of a topic over one connection, from the queues' ends on: follows in real time. */
final class LongPolls extends Load {
    private static final int FOUND = 0;
    private static final int NOT_FOUND = 19;
    private static final int RETRY_IMMEDIATELY = 20;

    private final List<Pull> pulls;

    private LongPolls(Ticker ticker, Wire wire, List<Pull> pulls) {
        super(ticker, List.of(wire));
        this.pulls = pulls;
    }

    static LongPolls fromTheEnd(Ticker ticker, InetSocketAddress address, SendShape shape) throws IOException {
        List<Pull> pulls = new ArrayList<>();
        try (Admin admin = Admin.connect(address)) {
            for (int queue = 0; queue < shape.queues(); queue++) {
                long end = admin.maxOffset(shape.topicName(0), queue);
                pulls.add(new Pull(shape.topicName(0), queue, queue, true, end));
            }
        }
        return new LongPolls(ticker, Wire.connect(address, 64 << 10), pulls);
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
                int count = PulledRecords.walk(answer, pull.offset(), sentAtNs -> phase.delivered(nowNs - sentAtNs));
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

    @Override
    boolean waitsFor(Wire wire) {
        return false;
    }
}
