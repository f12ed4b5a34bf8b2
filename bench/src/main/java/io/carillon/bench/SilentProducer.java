package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** A producer that has introduced itself, counts what it is asked about its transactions, and says nothing. */
final class SilentProducer extends Load {
    private static final int HEART_BEAT = 34;
    private static final int CHECK_TRANSACTION_STATE = 39;
    private static final String BODY = "{\"clientID\":\"127.0.0.1@silent\",\"consumerDataSet\":[],"
            + "\"heartbeatFingerprint\":0,\"producerDataSet\":[{\"groupName\":\"" + SendShape.PRODUCER_GROUP + "\"}],"
            + "\"withoutSub\":false}";
    private static final byte[] HEARTBEAT =
            new Frame(HEART_BEAT, 1, Map.of(), BODY.getBytes(StandardCharsets.UTF_8)).encode(HeaderFormat.JSON);

    private SilentProducer(Ticker ticker, Wire wire) {
        super(ticker, List.of(wire));
    }

    static SilentProducer connect(Ticker ticker, InetSocketAddress address) throws IOException {
        return new SilentProducer(ticker, Wire.connect(address, HEARTBEAT.length));
    }

    @Override
    void begin(Wire wire, long nowNs) {
        wire.output().put(HEARTBEAT);
    }

    @Override
    void handle(Wire wire, Answer answer, Recorder phase, long nowNs) {
        if (answer.isAnswer()) {
            if (answer.code() != 0) {
                phase.refused("heartbeat", answer);
            }
        } else if (answer.code() == CHECK_TRANSACTION_STATE) {
            phase.received(1);
        } else {
            phase.error("asked with code " + answer.code());
        }
    }
}
