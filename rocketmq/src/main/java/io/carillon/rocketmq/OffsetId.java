package io.carillon.rocketmq;

import java.util.Arrays;

/** Writes {@link io.carillon.message.MessageId offset message ids} as hex digits without a string. Reused; one thread. */
final class OffsetId {
    private static final byte[] DIGITS = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'
    };

    private byte[] host = new byte[0];
    private byte[] text = new byte[0];

    /**
     * The id of what stands at this log offset.
     *
     * @param storeHost address and port, 8 or 20 bytes
     * @return valid until the next call
     */
    byte[] of(byte[] storeHost, long logOffset) {
        if (!Arrays.equals(host, storeHost)) {
            begin(storeHost);
        }
        int at = 2 * storeHost.length;
        for (int shift = 60; shift >= 0; shift -= 4) {
            text[at++] = DIGITS[(int) (logOffset >>> shift) & 0xF];
        }
        return text;
    }

    private void begin(byte[] storeHost) {
        host = storeHost.clone();
        text = new byte[2 * storeHost.length + 16];
        for (int i = 0; i < storeHost.length; i++) {
            text[2 * i] = DIGITS[(storeHost[i] >> 4) & 0xF];
            text[2 * i + 1] = DIGITS[storeHost[i] & 0xF];
        }
    }
}
