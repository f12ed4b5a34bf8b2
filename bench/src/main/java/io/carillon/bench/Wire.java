package io.carillon.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * One non-blocking connection with its buffers and the times of what is in flight. One thread reads and one thread writes;
 * they may be two.
 */
final class Wire implements AutoCloseable {
    /** More than ever wait for an answer at once, so that a late answer still finds its own time. */
    private static final int SLOTS = 1 << 16;

    private static final int INPUT_BYTES = 4 << 20;

    private final SocketChannel channel;
    private final ByteBuffer input = ByteBuffer.allocateDirect(INPUT_BYTES);
    private final ByteBuffer output;
    private final AtomicLongArray sentAtNs = new AtomicLongArray(SLOTS);
    private final Answer answer = new Answer();
    private int consumed;
    private volatile int sequence;
    private int answered;

    private Wire(SocketChannel channel, int outputBytes) {
        this.channel = channel;
        this.output = ByteBuffer.allocateDirect(outputBytes);
    }

    static Wire connect(InetSocketAddress address, int outputBytes) throws IOException {
        SocketChannel channel = SocketChannel.open(address);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        return new Wire(channel, outputBytes);
    }

    SelectionKey register(Selector selector) throws IOException {
        return channel.register(selector, SelectionKey.OP_READ, this);
    }

    // ---- the writer's side

    boolean hasRoomFor(int bytes) {
        return output.remaining() >= bytes;
    }

    /** Where the next frame goes; {@link #flush} puts it on the wire. */
    ByteBuffer output() {
        return output;
    }

    /** The opaque of the next request, whose latency counts from {@code fromNs}. */
    int nextOpaque(long fromNs) {
        int number = sequence;
        sentAtNs.setRelease(number & (SLOTS - 1), fromNs);
        sequence = number + 1;
        return SendFrame.OPAQUE_MIN + number;
    }

    /** Writes what the socket takes; true when all is written. */
    boolean flush() throws IOException {
        if (output.position() == 0) {
            return true;
        }
        output.flip();
        channel.write(output);
        output.compact();
        return output.position() == 0;
    }

    // ---- the reader's side

    /** Reads what has arrived. */
    void read() throws IOException {
        if (channel.read(input) < 0) {
            throw new EOFException("the server closed the connection");
        }
    }

    /** The next answer, valid until the next call; null when no whole one has arrived. */
    @Nullable
    Answer next() {
        int next = answer.moveTo(input, consumed, input.position());
        if (next < 0) {
            compact();
            return null;
        }
        consumed = next;
        return answer;
    }

    private void compact() {
        if (consumed > 0) {
            input.flip().position(consumed);
            input.compact();
            consumed = 0;
        }
    }

    /** When the request with this opaque was due or sent, once: -1 for an answer that nothing asked for. */
    long settle(int opaque) {
        int slot = (opaque - SendFrame.OPAQUE_MIN) & (SLOTS - 1);
        long fromNs = sentAtNs.getAcquire(slot);
        if (fromNs == 0) {
            return -1;
        }
        sentAtNs.setRelease(slot, 0);
        answered++;
        return fromNs;
    }

    /** Requests without an answer yet. Exact on the thread that both writes and reads. */
    int inFlight() {
        return sequence - answered;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
