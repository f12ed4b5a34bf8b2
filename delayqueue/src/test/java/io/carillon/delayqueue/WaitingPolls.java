package io.carillon.delayqueue;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Very many connections that each wait for the answer to one pull, served by one thread: ten thousand threads that begin
 * to wait keep the machine busy for as long as it takes to wake a few of them. One thread at a time.
 */
final class WaitingPolls implements AutoCloseable {
    private static final int ANSWER_BYTES_MAX = 4_096;
    private static final String DUE = "\"dueAt\":\"";

    private final Selector selector = Selector.open();
    private final ByteBuffer input = ByteBuffer.allocateDirect(1 << 16);

    WaitingPolls() throws IOException {}

    /** A connection, and what came of an answer so far. */
    private static final class Poll {
        private final ByteBuffer request;
        private @Nullable ByteBuffer answer;

        Poll(ByteBuffer request) {
            this.request = request;
        }

        void say(SocketChannel channel) throws IOException {
            for (ByteBuffer left = request.duplicate(); left.hasRemaining(); ) {
                channel.write(left);
            }
        }

        /** All that came of it. */
        String heard(ByteBuffer more) {
            ByteBuffer all = answer == null ? ByteBuffer.allocate(ANSWER_BYTES_MAX) : answer;
            answer = all.put(more);
            return new String(all.array(), 0, all.position(), StandardCharsets.ISO_8859_1);
        }
    }

    /** Connects, and says one more pull. */
    void add(InetSocketAddress at, String path, String json) throws IOException {
        SocketChannel channel = SocketChannel.open(at);
        String head = "POST " + path + " HTTP/1.1\r\nhost: localhost\r\ncontent-length: " + json.length() + "\r\n\r\n";
        Poll poll = new Poll(ByteBuffer.wrap((head + json).getBytes(StandardCharsets.US_ASCII)));
        poll.say(channel);
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, poll);
    }

    /**
     * Reads what comes, until so many answers brought a message; tells of each, how many ms after it was due it came. Who was
     * answered says its pull again, so that as many wait as before.
     */
    void hear(int count, LongConsumer lateMs) throws IOException {
        int[] left = {count};
        while (left[0] > 0) {
            selector.select(
                    key -> {
                        if (read(key, lateMs)) {
                            left[0]--;
                        }
                    },
                    TimeUnit.SECONDS.toMillis(1));
        }
    }

    /** Whether that was the last of an answer with a message. */
    private boolean read(SelectionKey key, LongConsumer lateMs) {
        try {
            long nowMs = System.currentTimeMillis();
            input.clear();
            if (((SocketChannel) key.channel()).read(input) < 0) {
                throw new EOFException("the server closed a connection");
            }
            Poll poll = (Poll) key.attachment();
            String answer = poll.heard(input.flip());
            if (!answer.endsWith("]}")) {
                return false;
            }
            poll.answer = null;
            poll.say((SocketChannel) key.channel());
            int at = answer.indexOf(DUE);
            if (at >= 0) {
                at += DUE.length();
                lateMs.accept(nowMs
                        - Instant.parse(answer.substring(at, answer.indexOf('"', at)))
                                .toEpochMilli());
            }
            return at >= 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
