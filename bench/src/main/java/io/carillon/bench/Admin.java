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
    private static final int GET_CLUSTER = 106;
    private static final int GET_IN_SYNC = 1006;
    private static final int SCHEDULE_STATS = 9509;
    private static final int CLUSTER_STATUS = 9531;
    private static final Pattern BROKER = Pattern.compile("\"?(\\d+)\"?:\"([^\"]+)\"");
    private static final Pattern IN_SYNC = Pattern.compile("\"inSyncReplicas\":\\[([^\\]]*)\\]");
    private static final Pattern COMMITTED = Pattern.compile("\"committedIndex\":(\\d+)");
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
        call(SCHEDULE_STATS, Map.of());
        return Long.parseLong(first(MESSAGES, body));
    }

    /** The addresses of brokers by their ids; that with id 0 leads. Asked of a name server that knows one group. */
    Map<Integer, String> brokers() throws IOException {
        call(GET_CLUSTER, Map.of());
        return brokersIn(body);
    }

    static Map<Integer, String> brokersIn(String body) {
        var found = new LinkedHashMap<Integer, String>();
        BROKER.matcher(body).results().forEach(one -> found.put(Integer.parseInt(one.group(1)), one.group(2)));
        return found;
    }

    /** How many members must have a message before it is acknowledged. Asked of Apache's controller only. */
    int inSync(String group) throws IOException {
        byte[] groups = ("[\"" + group + "\"]").getBytes(StandardCharsets.UTF_8);
        exchange(new Frame(GET_IN_SYNC, opaque++, Map.of(), groups).encode(HeaderFormat.JSON));
        return inSyncIn(body);
    }

    static int inSyncIn(String body) throws IOException {
        return first(IN_SYNC, body).split("\"brokerAddress\"", -1).length - 1;
    }

    /** Up to which entry of its log this member knows that a majority has it. Asked of Carillon only. */
    long committedIndex() throws IOException {
        call(CLUSTER_STATUS, Map.of());
        return Long.parseLong(first(COMMITTED, body));
    }

    private static String first(Pattern pattern, String body) throws IOException {
        Matcher matcher = pattern.matcher(body);
        if (!matcher.find()) {
            throw new IOException("nothing like " + pattern + " in " + body);
        }
        return matcher.group(1);
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
