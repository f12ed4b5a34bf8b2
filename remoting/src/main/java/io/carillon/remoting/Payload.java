package io.carillon.remoting;

import java.nio.ByteBuffer;

/** The body of a frame that is written straight into the output buffer, on the connection's I/O thread. */
public interface Payload {
    /** How many bytes it has; always the same. */
    int length();

    /** Puts exactly {@link #length} bytes. */
    void writeTo(ByteBuffer to);

    /** All of it as an array of its own. */
    default byte[] bytes() {
        byte[] bytes = new byte[length()];
        writeTo(ByteBuffer.wrap(bytes));
        return bytes;
    }

    /** These bytes, which must not change any more. */
    static Payload of(byte[] bytes) {
        return new Payload() {
            @Override
            public int length() {
                return bytes.length;
            }

            @Override
            public void writeTo(ByteBuffer to) {
                to.put(bytes);
            }
        };
    }
}
