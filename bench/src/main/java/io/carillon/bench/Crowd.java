package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Very many connections that do little. They come from several addresses of the loopback, so that no address runs out of
 * ports, and share one buffer. Used by one thread, which does all the work while it is in a call.
 *
 * <p>Servers push requests to clients, such as that a group has changed: those are read and left unanswered, as they are
 * one-way.
 */
final class Crowd implements AutoCloseable {
    private static final int ADDRESSES = 8;
    private static final int INPUT_BYTES = 1 << 20;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);

    private final Ticker ticker;
    private final Selector selector = Selector.open();
    private final List<Member> members = new ArrayList<>();
    private final ByteBuffer input = ByteBuffer.allocateDirect(INPUT_BYTES);
    private final Answer answer = new Answer();
    private int awaited;
    private int next;

    private Crowd(Ticker ticker) throws IOException {
        this.ticker = ticker;
    }

    /** One connection, and the part of a frame that has come on it. */
    private static final class Member {
        final SocketChannel channel;
        byte @Nullable [] part;

        Member(SocketChannel channel) {
            this.channel = channel;
        }
    }

    static Crowd connect(Ticker ticker, InetSocketAddress address, int count) throws IOException {
        var crowd = new Crowd(ticker);
        try {
            for (int i = 0; i < count; i++) {
                crowd.join(address, i);
            }
            return crowd;
        } catch (IOException e) {
            crowd.close();
            throw e;
        }
    }

    private void join(InetSocketAddress address, int number) throws IOException {
        SocketChannel channel = SocketChannel.open();
        var member = new Member(channel);
        members.add(member);
        var own = InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (1 + number % ADDRESSES)});
        channel.bind(new InetSocketAddress(own, 0));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.connect(address);
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, member);
    }

    int size() {
        return members.size();
    }

    /**
     * Sends the frame that belongs to each connection, all of them one after the other at an even pace, and waits for the
     * answers. Goes on where the last call ended when that did not reach all connections.
     *
     * @param count of connections whose turn it is
     * @param over how long that takes
     */
    void ask(IntFunction<byte[]> frames, int count, Duration over, Recorder phase) throws IOException {
        long startNs = ticker.nanoTime();
        for (int sent = 0; sent < count; sent++) {
            long dueNs = startNs + over.toNanos() / count * sent;
            serveUntil(dueNs, phase);
            send(members.get(next), frames.apply(next));
            next = (next + 1) % members.size();
        }
        serveUntil(startNs + over.toNanos(), phase);
        long deadlineNs = ticker.nanoTime() + PATIENCE_NS;
        while (awaited > 0 && ticker.nanoTime() < deadlineNs) {
            serve(50, phase);
        }
        for (; awaited > 0; awaited--) {
            phase.error("no answer within 20 s");
        }
    }

    private void send(Member member, byte[] frame) throws IOException {
        // A frame is small and the connection idle: the socket takes all of it.
        if (member.channel.write(ByteBuffer.wrap(frame)) != frame.length) {
            throw new IOException("the server does not read what it is sent");
        }
        awaited++;
    }

    private void serveUntil(long untilNs, Recorder phase) throws IOException {
        serve(0, phase);
        for (long leftNs = untilNs - ticker.nanoTime(); leftNs > 0; leftNs = untilNs - ticker.nanoTime()) {
            serve(Math.max(1, TimeUnit.NANOSECONDS.toMillis(leftNs)), phase);
        }
    }

    private void serve(long waitMs, Recorder phase) throws IOException {
        if (waitMs == 0) {
            selector.selectNow();
        } else {
            selector.select(waitMs);
        }
        for (SelectionKey key : selector.selectedKeys()) {
            read((Member) key.attachment(), phase);
        }
        selector.selectedKeys().clear();
    }

    private void read(Member member, Recorder phase) throws IOException {
        input.clear();
        byte[] part = member.part;
        if (part != null) {
            input.put(part);
            member.part = null;
        }
        if (member.channel.read(input) < 0) {
            throw new EOFException("the server closed one of the connections");
        }
        int at = 0;
        for (int after = answer.moveTo(input, at, input.position()); after >= 0; ) {
            take(phase);
            at = after;
            after = answer.moveTo(input, at, input.position());
        }
        if (at < input.position()) {
            member.part = new byte[input.position() - at];
            input.get(at, member.part);
        }
    }

    private void take(Recorder phase) {
        if (!answer.isAnswer()) {
            return;
        }
        awaited--;
        if (answer.code() == 0) {
            phase.received(1);
        } else {
            phase.refused("request", answer);
        }
    }

    @Override
    public void close() throws IOException {
        for (Member member : members) {
            member.channel.close();
        }
        selector.close();
    }
}
