package io.carillon.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The one-way request that commits a transaction, encoded once; before each use the two offsets are overwritten in place.
 * Used by one thread.
 */
final class EndFrame {
    private static final int END_TRANSACTION = 37;
    private static final int DIGITS = 19;
    private static final String HALF = "8" + "0".repeat(DIGITS - 1);
    private static final String LOG = "9" + "0".repeat(DIGITS - 1);

    private final byte[] frame;
    private final int halfAt;
    private final int logAt;

    EndFrame() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("producerGroup", SendShape.PRODUCER_GROUP);
        fields.put("tranStateTableOffset", HALF);
        fields.put("commitLogOffset", LOG);
        fields.put("commitOrRollback", "8");
        fields.put("fromTransactionCheck", "false");
        fields.put("msgId", "");
        frame = new Frame(END_TRANSACTION, 1, fields).encode(HeaderFormat.JSON);
        halfAt = at(HALF);
        logAt = at(LOG);
        frame[at("\"flag\":0") + 7] = '2';
    }

    private int at(String mark) {
        return new String(frame, StandardCharsets.ISO_8859_1).indexOf(mark);
    }

    int length() {
        return frame.length;
    }

    /** Appends the commit of this half to {@code out}, which has {@link #length()} bytes of room. */
    void put(ByteBuffer out, long half, long logOffset) {
        putDecimal(halfAt, half);
        putDecimal(logAt, logOffset);
        out.put(frame);
    }

    private void putDecimal(int at, long value) {
        long rest = value;
        for (int i = DIGITS - 1; i >= 0; i--) {
            frame[at + i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
