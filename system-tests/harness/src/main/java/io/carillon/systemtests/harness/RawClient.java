package io.carillon.systemtests.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A connection that speaks frames with the binary header, many requests at a time.
 *
 * <p>It retries nothing and hides nothing: a request either gets the server's own answer or fails when the connection does.
 * That is what the history checker needs, and what no official client gives. Safe for use by several threads.
 */
public final class RawClient implements AutoCloseable {
    private static final int VERSION = 513;
    private static final int ONE_WAY = 2;
    private static final int MOST_FRAME_BYTES = 32 << 20;

    private final Socket socket;
    private final OutputStream out;
    private final Map<Integer, CompletableFuture<Answer>> waiting = new ConcurrentHashMap<>();
    private final AtomicInteger opaque = new AtomicInteger();
    private volatile boolean lost;

    /** What the server answered. The body is the bytes as they came; nobody changes them. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Answer(int code, String remark, Map<String, String> ext, byte[] body) {
        public long number(String name) {
            String value = ext.get(name);
            if (value == null) {
                throw new AssertionError("no " + name + " in " + this);
            }
            return Long.parseLong(value);
        }

        @Override
        public String toString() {
            return "code " + code + " remark " + remark + " ext " + ext + " and " + body.length + " bytes";
        }
    }

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.out = socket.getOutputStream();
        Thread.ofVirtual().name("raw-client").start(this::readAnswers);
    }

    /** Connects to {@code host:port}. */
    public static RawClient connect(String address) throws IOException {
        int colon = address.lastIndexOf(':');
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.connect(
                new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
                5_000);
        return new RawClient(socket);
    }

    /** Sends a request and waits up to 30 s for its answer. */
    public Answer call(int code, Map<String, String> ext, byte[] body) throws IOException {
        try {
            return send(code, ext, body).get(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("no answer to " + code + " " + ext, e);
        }
    }

    /** Sends a request; the future fails if the connection ends before the answer is here. */
    public CompletableFuture<Answer> send(int code, Map<String, String> ext, byte[] body) {
        int id = opaque.incrementAndGet();
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        try {
            write(frame(code, id, 0, ext, body));
        } catch (IOException e) {
            answer.completeExceptionally(e);
        }
        if (lost) {
            answer.completeExceptionally(new IOException("connection lost"));
        }
        return answer;
    }

    /** Sends a request that is not answered. What is sent after it arrives after it. */
    public void tell(int code, Map<String, String> ext) throws IOException {
        write(frame(code, opaque.incrementAndGet(), ONE_WAY, ext, new byte[0]));
    }

    private void write(byte[] frame) throws IOException {
        synchronized (out) {
            out.write(frame);
        }
    }

    /** The bytes of a request with the binary header. */
    public static byte[] frame(int code, int opaque, int flag, Map<String, String> ext, byte[] body) {
        byte[] fields = fields(ext);
        int headerBytes = 2 + 1 + 2 + 4 + 4 + 4 + 4 + fields.length;
        return ByteBuffer.allocate(8 + headerBytes + body.length)
                .putInt(4 + headerBytes + body.length)
                .putInt(1 << 24 | headerBytes)
                .putShort((short) code)
                .put((byte) 0)
                .putShort((short) VERSION)
                .putInt(opaque)
                .putInt(flag)
                .putInt(0)
                .putInt(fields.length)
                .put(fields)
                .put(body)
                .array();
    }

    private static byte[] fields(Map<String, String> ext) {
        ByteBuffer buffer = ByteBuffer.allocate(ext.entrySet().stream()
                .mapToInt(e -> 6 + 4 * e.getKey().length() + 4 * e.getValue().length())
                .sum());
        ext.forEach((name, value) -> {
            byte[] nameBytes = name.getBytes(UTF_8);
            byte[] valueBytes = value.getBytes(UTF_8);
            buffer.putShort((short) nameBytes.length).put(nameBytes);
            buffer.putInt(valueBytes.length).put(valueBytes);
        });
        byte[] fields = new byte[buffer.position()];
        buffer.get(0, fields);
        return fields;
    }

    private void readAnswers() {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16))) {
            while (true) {
                int length = in.readInt();
                if (length < 4 || length > MOST_FRAME_BYTES) {
                    throw new IOException("frame of " + length + " bytes");
                }
                byte[] frame = new byte[length];
                in.readFully(frame);
                take(ByteBuffer.wrap(frame));
            }
        } catch (IOException | RuntimeException e) {
            lost = true;
            waiting.values().forEach(answer -> answer.completeExceptionally(e));
        }
    }

    private void take(ByteBuffer frame) {
        Header header = Header.read(frame);
        byte[] body = new byte[frame.remaining()];
        frame.get(body);
        CompletableFuture<Answer> answer = header.isAnswer() ? waiting.remove(header.opaque()) : null;
        if (answer != null) {
            answer.complete(new Answer(header.code(), header.remark(), header.ext(), body));
        }
    }

    /** Whether the connection has ended. */
    public boolean isLost() {
        return lost;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // it is gone, which is what was wanted
        }
    }
}
