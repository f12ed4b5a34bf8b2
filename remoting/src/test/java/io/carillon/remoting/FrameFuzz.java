package io.carillon.remoting;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Fuzz target: any stream, cut into chunks in any way and read with any pauses, gives the frames that a plain loop finds
 * in it, and each of them is a request or malformed. The first byte is the seed of the cuts.
 */
public final class FrameFuzz {
    private static final int FRAME_MAX = 1 << 20;
    private static final int HEADER_MAX = 64 << 10;
    private static final UnpooledByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(false);
    private static final Request REQUEST = new Request();

    private FrameFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] stream = Arrays.copyOfRange(input, 1, input.length);
        List<byte[]> wanted = new ArrayList<>();
        boolean isGood = split(stream, wanted);
        List<byte[]> found = new ArrayList<>();
        boolean isTaken = read(stream, new Random(input[0]), found);
        check(isTaken == isGood, "one of two found the stream malformed: reader " + isTaken + ", loop " + isGood);
        check(found.size() == wanted.size(), found.size() + " frames, not " + wanted.size());
        for (int i = 0; i < found.size(); i++) {
            check(Arrays.equals(found.get(i), wanted.get(i)), "frame " + i + " differs");
        }
        check(
                ALLOCATOR.metric().usedDirectMemory() + ALLOCATOR.metric().usedHeapMemory() == 0,
                "memory is not given back");
    }

    /** The plain loop; whether no length was out of range. */
    private static boolean split(byte[] stream, List<byte[]> into) {
        ByteBuffer rest = ByteBuffer.wrap(stream);
        while (rest.remaining() >= 4) {
            int length = rest.getInt();
            if (length < 4 || length > FRAME_MAX) {
                return false;
            }
            if (length > rest.remaining()) {
                return true;
            }
            byte[] frame = new byte[length];
            rest.get(frame);
            into.add(frame);
        }
        return true;
    }

    private static boolean read(byte[] stream, Random random, List<byte[]> into) {
        FrameReader reader = new FrameReader(ALLOCATOR, FRAME_MAX, (bytes, at, length) -> {
            byte[] frame = new byte[length];
            bytes.get(at, frame);
            into.add(frame);
            take(bytes, at, length);
            return random.nextInt(4) != 0;
        });
        try {
            for (int at = 0; at < stream.length; ) {
                int count = Math.min(stream.length - at, 1 + random.nextInt(random.nextBoolean() ? 8 : 4096));
                ByteBuf chunk = Unpooled.wrappedBuffer(stream, at, count);
                reader.read(chunk);
                at += count;
                check(
                        reader.heldBytes() <= (8 << 10) + 2 * at,
                        reader.heldBytes() + " bytes held when " + at + " came");
            }
            for (int before = -1; before < into.size(); ) {
                before = into.size();
                reader.readHeld();
            }
            return true;
        } catch (MalformedFrame _) {
            return false;
        } finally {
            reader.release();
        }
    }

    /** What stands in the frame may be anything, too; another fault than this goes through. */
    private static void take(ByteBuffer bytes, int at, int length) {
        try {
            REQUEST.take(null, bytes, at, length, HEADER_MAX);
        } catch (MalformedFrame _) {
            return;
        }
        check(REQUEST.bodyBytes() == REQUEST.copyBody().length, "the body is not as long as it says");
        check(REQUEST.bodyBytes() + 8 <= REQUEST.frameBytes(), "the body is longer than the frame");
        REQUEST.toResponse();
        REQUEST.drop();
    }

    private static void check(boolean holds, String fault) {
        if (!holds) {
            throw new AssertionError(fault);
        }
    }
}
