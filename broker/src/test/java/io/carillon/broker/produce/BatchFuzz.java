package io.carillon.broker.produce;

import java.nio.ByteBuffer;

/** Fuzz target: any bytes are a batch whose messages written one after the other are those bytes, or refused. */
public final class BatchFuzz {
    private static final int PROPERTIES_MAX = Short.MAX_VALUE;
    private static final byte[] PROPERTIES = new byte[PROPERTIES_MAX];

    private BatchFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        ByteBuffer bytes = ByteBuffer.wrap(input).asReadOnlyBuffer();
        Refused refused = BatchBody.faultOf(bytes);
        if (refused != null) {
            require(refused.reason() == Refused.Reason.ILLEGAL_MESSAGE, "refused as " + refused.reason());
            return;
        }
        ByteBuffer written = ByteBuffer.allocate(input.length);
        BatchBody batch = new BatchBody(bytes);
        int count = 0;
        for (; batch.next(PROPERTIES); count++) {
            write(batch, input, written);
        }
        require(count > 0, "an empty batch is good");
        require(written.flip().equals(ByteBuffer.wrap(input)), "the messages are not the batch");
    }

    private static void write(BatchBody batch, byte[] input, ByteBuffer to) {
        ByteBuffer body = batch.body().duplicate();
        int at = to.position();
        to.putInt(22 + body.remaining() + batch.propertiesBytes());
        to.put(input, at + 4, 8); // magic and checksum, which nobody looks at
        to.putInt(batch.flag()).putInt(body.remaining()).put(body);
        to.putShort((short) batch.propertiesBytes()).put(PROPERTIES, 0, batch.propertiesBytes());
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new AssertionError(fault);
        }
    }
}
