package io.carillon.message;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The id that says where a message is stored: the store host's address, port and the message's log offset, in upper
 * case hex; 32 characters for IPv4, 56 for IPv6 (format: Apache RocketMQ's offset message id).
 */
public record MessageId(InetAddress address, int port, long logOffset) {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    /**
     * Reads an id.
     *
     * @throws IllegalArgumentException when the text is not 32 or 56 hex digits
     */
    public static MessageId parse(String text) {
        if (text.length() != 32 && text.length() != 56) {
            throw new IllegalArgumentException("a message id has 32 or 56 hex digits, not " + text.length());
        }
        byte[] all = HEX.parseHex(text);
        ByteBuffer rest = ByteBuffer.wrap(all, all.length - 12, 12);
        try {
            InetAddress address = InetAddress.getByAddress(Arrays.copyOf(all, all.length - 12));
            return new MessageId(address, rest.getInt(), rest.getLong());
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an address of 4 or 16 bytes in message id " + text, e);
        }
    }

    @Override
    public String toString() {
        return HEX.formatHex(address.getAddress()) + HEX.toHexDigits(port) + HEX.toHexDigits(logOffset);
    }
}
