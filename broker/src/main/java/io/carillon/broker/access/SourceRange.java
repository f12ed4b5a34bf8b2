package io.carillon.broker.access;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Addresses that requests may come from: one, or a network as {@code 10.1.0.0/16} or {@code 2001:db8::/32}. */
public final class SourceRange {
    /** Only what is surely an address is given to the JDK, which would look anything else up as a host name. */
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]{7,15}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    private final String text;
    private final byte[] network;
    private final int bits;

    private SourceRange(String text, byte[] network, int bits) {
        this.text = text;
        this.network = network;
        this.bits = bits;
    }

    /** @throws IllegalArgumentException saying what is wrong with it */
    public static SourceRange parse(String text) {
        int slash = text.indexOf('/');
        byte[] network = address(slash < 0 ? text : text.substring(0, slash), text);
        int bits = slash < 0 ? network.length * 8 : bits(text.substring(slash + 1), network.length * 8, text);
        return new SourceRange(text, network, bits);
    }

    private static byte[] address(String part, String text) {
        try {
            if (ADDRESS.matcher(part).matches()) {
                return InetAddress.getByName(part).getAddress();
            }
        } catch (UnknownHostException e) {
            throw fault(text, e);
        }
        throw fault(text, null);
    }

    private static int bits(String digits, int most, String text) {
        try {
            int bits = Integer.parseInt(digits);
            if (bits >= 0 && bits <= most) {
                return bits;
            }
        } catch (NumberFormatException e) {
            throw fault(text, e);
        }
        throw fault(text, null);
    }

    private static IllegalArgumentException fault(String text, @org.jspecify.annotations.Nullable Throwable cause) {
        return new IllegalArgumentException(
                "'" + text + "' is no address and no network such as 192.168.1.7, 10.0.0.0/8 or 2001:db8::/32", cause);
    }

    boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != network.length) {
            return false;
        }
        int whole = bits / 8;
        for (int i = 0; i < whole; i++) {
            if (bytes[i] != network[i]) {
                return false;
            }
        }
        int mask = 0xFF00 >> bits % 8 & 0xFF;
        return mask == 0 || (bytes[whole] & mask) == (network[whole] & mask);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SourceRange range && range.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
