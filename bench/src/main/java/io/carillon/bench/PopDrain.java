package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Pops a filled topic, 32 messages at a time from all its queues, and acknowledges each message by a request of its own, as
 * the official client does. A message counts when its acknowledgement was answered. When one group has had everything, the
 * next one begins.
 */
final class PopDrain extends Load {
    private static final int POP_MESSAGE = 200050;
    private static final int ACK_MESSAGE = 200051;
    private static final int FOUND = 0;
    private static final int NOTHING = 210;
    private static final int CONNECTIONS = 4;
    private static final int WINDOW = 4;
    private static final int MESSAGES = 32;
    private static final String INVISIBLE_MS = "60000";
    /** Room for the acknowledgements of all pops that may be answered together. */
    private static final int OUTPUT_BYTES = 2 << 20;

    private static final int QUEUE_ID_AT = 12;
    private static final int QUEUE_OFFSET_AT = 20;
    private static final int POP = 1;
    private static final int ACK = 2;

    private final String topic;
    private final String groups;
    private final Map<Wire, Integer> inFlight = new HashMap<>();
    private int round;

    private PopDrain(Ticker ticker, List<Wire> wires, String topic, String groups) {
        super(ticker, wires);
        this.topic = topic;
        this.groups = groups;
    }

    /** @param groups what the names of the groups begin with; no other load may use it */
    static PopDrain endless(Ticker ticker, InetSocketAddress address, SendShape shape, String groups)
            throws IOException {
        List<Wire> wires = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            wires.add(Wire.connect(address, OUTPUT_BYTES));
        }
        return new PopDrain(ticker, wires, shape.topicName(0), groups);
    }

    @Override
    void begin(Wire wire, long nowNs) {
        inFlight.put(wire, 0);
        for (int i = 0; i < WINDOW; i++) {
            pop(wire);
        }
    }

    private String group() {
        return groups + "_" + round;
    }

    private void pop(Wire wire) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("consumerGroup", group());
        fields.put("topic", topic);
        fields.put("queueId", "-1");
        fields.put("maxMsgNums", Integer.toString(MESSAGES));
        fields.put("invisibleTime", INVISIBLE_MS);
        fields.put("pollTime", "0");
        fields.put("bornTime", "0");
        fields.put("initMode", "0");
        fields.put("expType", "TAG");
        fields.put("exp", "*");
        fields.put("order", "false");
        fields.put("bname", SendShape.BROKER_NAME);
        // Which group it is for must be known when it is answered.
        send(wire, new Frame(POP_MESSAGE, opaque(POP), fields));
    }

    private int opaque(int what) {
        return round << 2 | what;
    }

    private void send(Wire wire, Frame frame) {
        wire.output().put(frame.encode(HeaderFormat.JSON));
        inFlight.merge(wire, 1, Integer::sum);
    }

    @Override
    void handle(Wire wire, Answer answer, Recorder phase, long nowNs) {
        inFlight.merge(wire, -1, Integer::sum);
        if ((answer.opaque() & 3) == ACK) {
            acknowledged(answer, phase);
            return;
        }
        switch (answer.code()) {
            case FOUND -> acknowledge(wire, answer);
            case NOTHING -> round += answer.opaque() >> 2 == round ? 1 : 0;
            default -> phase.refused("pop", answer);
        }
        if (!isStopping()) {
            pop(wire);
        }
    }

    private static void acknowledged(Answer answer, Recorder phase) {
        if (answer.code() == FOUND) {
            phase.received(1);
        } else {
            phase.refused("ack", answer);
        }
    }

    private void acknowledge(Wire wire, Answer answer) {
        String header = answer.header();
        Map<Integer, String> starts = starts(header);
        String popTime = field(header, "popTime");
        String revive = field(header, "reviveQid");
        String group = groups + "_" + (answer.opaque() >> 2);
        ByteBuffer bytes = answer.bytes();
        for (int at = answer.bodyAt(); at < answer.end(); at += bytes.getInt(at)) {
            int queue = bytes.getInt(at + QUEUE_ID_AT);
            long offset = bytes.getLong(at + QUEUE_OFFSET_AT);
            String receipt = starts.get(queue) + " " + popTime + " " + INVISIBLE_MS + " " + revive + " 0 "
                    + SendShape.BROKER_NAME + " " + queue + " " + offset;
            var fields = new LinkedHashMap<String, String>();
            fields.put("consumerGroup", group);
            fields.put("topic", topic);
            fields.put("queueId", Integer.toString(queue));
            fields.put("extraInfo", receipt);
            fields.put("offset", Long.toString(offset));
            fields.put("bname", SendShape.BROKER_NAME);
            send(wire, new Frame(ACK_MESSAGE, opaque(ACK), fields));
        }
    }

    private static Map<Integer, String> starts(String header) {
        Map<Integer, String> starts = new HashMap<>();
        for (String part : field(header, "startOffsetInfo").split(";", -1)) {
            String[] words = part.split(" ", -1);
            starts.put(Integer.parseInt(words[1]), words[2]);
        }
        return starts;
    }

    /** A field of a JSON header whose value needs no escapes. */
    private static String field(String header, String name) {
        String before = "\"" + name + "\":\"";
        int from = header.indexOf(before) + before.length();
        return header.substring(from, header.indexOf('"', from));
    }

    @Override
    boolean waitsFor(Wire wire) {
        return inFlight.getOrDefault(wire, 0) > 0;
    }
}
