package io.carillon.remoting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class FrameReaderTest {
    private static final int FRAME_MAX = 16 << 20;

    /** What the sink was given, and how often it says that it wants no more. */
    private final List<byte[]> taken = new ArrayList<>();

    private int wantedInARow = Integer.MAX_VALUE;
    private final FrameReader reader = new FrameReader(UnpooledByteBufAllocator.DEFAULT, FRAME_MAX, this::take);

    private boolean take(ByteBuffer bytes, int at, int length) {
        byte[] frame = new byte[length];
        bytes.get(at, frame);
        taken.add(frame);
        return taken.size() % wantedInARow != 0;
    }

    @Property(tries = 300)
    void findsTheSameFramesHoweverTheStreamIsCutAndPaused(@ForAll long seed) {
        Random random = new Random(seed);
        taken.clear();
        wantedInARow = random.nextBoolean() ? Integer.MAX_VALUE : 1 + random.nextInt(5);
        List<byte[]> sent = frames(random);
        byte[] stream = joined(sent);

        for (int at = 0; at < stream.length; ) {
            int count = Math.min(stream.length - at, 1 + random.nextInt(random.nextBoolean() ? 20 : 20_000));
            read(stream, at, count);
            at += count;
            if (random.nextInt(3) == 0) {
                reader.readHeld();
            }
        }
        for (int i = 0; i <= sent.size(); i++) {
            reader.readHeld();
        }

        assertThat(taken).hasSize(sent.size());
        for (int i = 0; i < sent.size(); i++) {
            assertThat(taken.get(i)).isEqualTo(sent.get(i));
        }
        assertThat(reader.heldBytes()).isZero();
    }

    @Example
    void holdsOnlyAboutWhatCameOfALargeFrame() {
        read(new byte[] {0x00, (byte) 0xF0, 0, 0, 1, 2, 3}, 0, 7);

        assertThat(reader.heldBytes()).isLessThan(64 << 10);
        reader.release();
        assertThat(reader.heldBytes()).isZero();
    }

    @Example
    void takesTheLargestFrameInManyPieces() {
        byte[] frame = new byte[FRAME_MAX];
        new Random(1).nextBytes(frame);
        byte[] stream = joined(List.of(frame, new byte[] {9, 9, 9, 9}));

        for (int at = 0; at < stream.length; at += 4096) {
            read(stream, at, Math.min(4096, stream.length - at));
        }

        assertThat(taken).hasSize(2);
        assertThat(taken.get(0)).isEqualTo(frame);
        assertThat(reader.heldBytes()).isZero();
    }

    @Example
    void refusesLengthsOutOfRangeAndNamesThem() {
        read(joined(List.of(new byte[4])), 0, 8);

        assertThatThrownBy(() -> read(new byte[] {0, 0, 0, 3}, 0, 4))
                .isInstanceOf(MalformedFrame.class)
                .hasMessageContaining("length 3 ");
        assertThatThrownBy(() -> read(new byte[] {1, 0, 0, 1}, 0, 4))
                .isInstanceOf(MalformedFrame.class)
                .hasMessageContaining("16777217")
                .hasMessageContaining("16777216");
        assertThatThrownBy(() -> read(new byte[] {-1, -1, -1, -1}, 0, 4)).isInstanceOf(MalformedFrame.class);
    }

    @Example
    void refusesABadLengthThatCameInPieces() {
        read(new byte[] {0x7F, 1}, 0, 2);

        assertThatThrownBy(() -> read(new byte[] {1, 1, 1}, 0, 3)).isInstanceOf(MalformedFrame.class);
        reader.release();
    }

    private static List<byte[]> frames(Random random) {
        List<byte[]> frames = new ArrayList<>();
        for (int i = random.nextInt(30); i >= 0; i--) {
            byte[] frame = new byte[4 + random.nextInt(random.nextInt(5) == 0 ? 50_000 : 300)];
            random.nextBytes(frame);
            frames.add(frame);
        }
        return frames;
    }

    private static byte[] joined(List<byte[]> frames) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            stream.writeBytes(ByteBuffer.allocate(4).putInt(frame.length).array());
            stream.writeBytes(frame);
        }
        return stream.toByteArray();
    }

    private void read(byte[] stream, int at, int count) {
        ByteBuf chunk = Unpooled.directBuffer(count).writeBytes(stream, at, count);
        try {
            reader.read(chunk);
        } finally {
            chunk.release();
        }
    }
}
