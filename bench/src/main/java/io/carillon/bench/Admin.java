package io.carillon.bench;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The few requests that a run makes outside its load, one at a time over a blocking connection. */
final class Admin implements AutoCloseable {
    private static final int UPDATE_AND_CREATE_TOPIC = 17;
    private static final int GET_MAX_OFFSET = 30;
    private static final int SCHEDULE_STATS = 9509;
    private static final Pattern MESSAGES = Pattern.compile("\"messages\":(\\d+)");
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final Socket socket;
    private final DataInputStream input;
    private int opaque;
    /** Of the last answer. */
    private String body = "";

    private Admin(Socket socket) throws IOException {
        this.socket = socket;
        this.input = new DataInputStream(socket.getInputStream());
    }

    static Admin connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) TIMEOUT.toMillis());
            socket.connect(address, (int) TIMEOUT.toMillis());
            return new Admin(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    static Map<String, String> topicFields(String topic, int queues) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("topic", topic);
        fields.put("defaultTopic", "TBW102");
        fields.put("readQueueNums", Integer.toString(queues));
        fields.put("writeQueueNums", Integer.toString(queues));
        fields.put("perm", "6");
        fields.put("topicFilterType", "SINGLE_TAG");
        fields.put("topicSysFlag", "0");
        fields.put("order", "false");
        return fields;
    }

    void createTopics(SendShape shape) throws IOException {
        for (int topic = 0; topic < shape.topics(); topic++) {
            call(UPDATE_AND_CREATE_TOPIC, topicFields(shape.topicName(topic), shape.queues()));
        }
    }

    long maxOffset(String topic, int queue) throws IOException {
        return longField(
                call(GET_MAX_OFFSET, Map.of("topic", topic, "queueId", Integer.toString(queue))), "\"offset\":\"");
    }

    /** How many messages the queues of a topic have taken in all. */
    long maxOffsets(SendShape shape) throws IOException {
        long there = 0;
        for (int queue = 0; queue < shape.queues(); queue++) {
            there += maxOffset(shape.topicName(0), queue);
        }
        return there;
    }

    /** How many messages wait to be due. Asked of Carillon only; reads the index of all of them. */
    long pending() throws IOException {
        socket.setSoTimeout((int) Duration.ofMinutes(5).toMillis());
        exchange(new Frame(SCHEDULE_STATS, opaque++, Map.of()).encode(HeaderFormat.JSON));
        Matcher messages = MESSAGES.matcher(body);
        if (!messages.find()) {
            throw new IOException("no count of messages in " + body);
        }
        return Long.parseLong(messages.group(1));
    }

    private static long longField(String header, String name) {
        int from = header.indexOf(name) + name.length();
        return Long.parseLong(header.substring(from, header.indexOf('"', from)));
    }

    /** Sends one message; fails unless the server accepts it. */
    void sendOne(String topic, long bornMs, RandomGenerator random) throws IOException {
        var frame = new SendFrame(SendShape.of(topic, 64), Ids.prefix(random), bornMs, random);
        ByteBuffer bytes = ByteBuffer.allocate(frame.length());
        frame.put(bytes, SendFrame.OPAQUE_MIN, 0, 1);
        exchange(bytes.array());
    }

    private String call(int code, Map<String, String> fields) throws IOException {
        return exchange(new Frame(code, opaque++, fields).encode(HeaderFormat.JSON));
    }

    private String exchange(byte[] request) throws IOException {
        socket.getOutputStream().write(request);
        byte[] frame = new byte[4 + input.readInt()];
        ByteBuffer bytes = ByteBuffer.wrap(frame).putInt(frame.length - 4);
        input.readFully(frame, 4, frame.length - 4);
        var answer = new Answer();
        answer.moveTo(bytes, 0, frame.length);
        if (answer.code() != 0) {
            throw new IOException("the server refused: " + answer.header());
        }
        body = new String(frame, answer.bodyAt(), frame.length - answer.bodyAt(), StandardCharsets.UTF_8);
        return answer.header();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
