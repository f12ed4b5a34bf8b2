package io.carillon.remoting;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a proxy writes before the first byte of a connection that it passes on: where that comes from (PROXY protocol,
 * versions 1 and 2, as HAProxy specifies it). No frame and no TLS record begins like that.
 *
 * <pre>
 * version 1: "PROXY TCP4 source destination sourcePort destinationPort\r\n", 107 bytes at most
 * version 2: signature 12 | version and command 1 | family and protocol 1 | length 2 | addresses | fields
 * a field: type 1 | length 2 | value; ours is of type 0xE0: 0 or 1, whether the client's connection is encrypted
 * </pre>
 */
final class ProxyHeader {
    /** Addresses, and what load balancers are known to add to them, many times over. */
    static final int BYTES_MAX = 4 << 10;

    private static final byte[] TEXT_START = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final int TEXT_BYTES_MAX = 107;
    private static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    private static final int HEAD_BYTES = 16;
    private static final int PORTS_BYTES = 4;
    private static final int FIELD_HEAD_BYTES = 3;
    private static final byte RELAY_FIELD = (byte) 0xE0;

    private ProxyHeader() {}

    /** What the first bytes of a connection are. */
    sealed interface Found {
        /** No such header: they are what the peer itself sent. */
        record None() implements Found {}

        /** The beginning of one: there must come more. */
        record Part() implements Found {}

        /**
         * A whole one.
         *
         * @param source whom the proxy speaks for; null when it speaks for itself, or does not know
         * @param entrance where that one connected to a relay of ours; null of other proxies
         */
        record Whole(
                int bytes,
                @Nullable InetSocketAddress source,
                @Nullable InetSocketAddress entrance,
                Hop hop) implements Found {
            Whole(int bytes, @Nullable InetSocketAddress source) {
                this(bytes, source, null, Hop.OTHER_PROXY);
            }
        }
    }

    /** Who says that it speaks for somebody, and how that one is connected to it. */
    enum Hop {
        /** No server of ours; it says nothing about encryption that we read. */
        OTHER_PROXY,
        RELAY,
        ENCRYPTED_RELAY
    }

    /**
     * Looks at the readable bytes, and reads none of them.
     *
     * @throws MalformedFrame when they begin like a header and are none
     */
    static Found find(ByteBuf bytes) {
        if (startsLike(bytes, TEXT_START)) {
            return bytes.readableBytes() < TEXT_START.length ? new Found.Part() : text(bytes);
        }
        if (startsLike(bytes, SIGNATURE)) {
            return bytes.readableBytes() < HEAD_BYTES ? new Found.Part() : binary(bytes);
        }
        return new Found.None();
    }

    /** Whether the bytes and the start do not differ as far as both go. */
    private static boolean startsLike(ByteBuf bytes, byte[] start) {
        int at = bytes.readerIndex();
        for (int i = 0; i < Math.min(start.length, bytes.readableBytes()); i++) {
            if (bytes.getByte(at + i) != start[i]) {
                return false;
            }
        }
        return true;
    }

    private static Found text(ByteBuf bytes) {
        int at = bytes.readerIndex();
        int end = bytes.indexOf(at, at + Math.min(bytes.readableBytes(), TEXT_BYTES_MAX), (byte) '\n');
        if (end < 0) {
            if (bytes.readableBytes() >= TEXT_BYTES_MAX) {
                throw new MalformedFrame(
                        "a PROXY header of version 1 does not end within " + TEXT_BYTES_MAX + " bytes");
            }
            return new Found.Part();
        }
        if (bytes.getByte(end - 1) != '\r') {
            throw new MalformedFrame("a PROXY header of version 1 does not end with CR and LF");
        }
        String line = bytes.toString(at, end - 1 - at, StandardCharsets.US_ASCII);
        return new Found.Whole(end + 1 - at, sourceOf(line));
    }

    private static @Nullable InetSocketAddress sourceOf(String line) {
        String[] words = line.split(" ", -1);
        if (words.length >= 2 && words[1].equals("UNKNOWN")) {
            return null;
        }
        boolean isKnown = words.length == 6 && (words[1].equals("TCP4") || words[1].equals("TCP6"));
        if (!isKnown) {
            throw new MalformedFrame(
                    "a PROXY header of version 1 should name TCP4 or TCP6, two addresses and two ports");
        }
        return new InetSocketAddress(addressOf(words[2], words[1].equals("TCP6")), portOf(words[4]));
    }

    /** Only what is written as an address: nothing is looked up. */
    private static InetAddress addressOf(String text, boolean isV6) {
        try {
            InetAddress address = InetAddress.ofLiteral(text);
            if (isV6 == text.contains(":")) {
                return address;
            }
        } catch (IllegalArgumentException _) { // said below
        }
        throw new MalformedFrame("a PROXY header of version 1 has no address of its family");
    }

    private static int portOf(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException _) { // said below
        }
        throw new MalformedFrame("a PROXY header of version 1 has a port that is none");
    }

    private static Found binary(ByteBuf bytes) {
        int at = bytes.readerIndex();
        int command = bytes.getUnsignedByte(at + 12);
        int length = bytes.getUnsignedShort(at + 14);
        if (command != 0x20 && command != 0x21) {
            throw new MalformedFrame("a PROXY header of version 2 has version and command " + command);
        }
        if (HEAD_BYTES + length > BYTES_MAX) {
            throw new MalformedFrame("a PROXY header is longer than " + BYTES_MAX + " bytes");
        }
        if (bytes.readableBytes() < HEAD_BYTES + length) {
            return new Found.Part();
        }
        int addressBytes = command == 0x20 ? 0 : addressBytes(bytes.getUnsignedByte(at + 13));
        if (2 * addressBytes + (addressBytes == 0 ? 0 : PORTS_BYTES) > length) {
            throw new MalformedFrame("a PROXY header of version 2 is too short for its addresses");
        }
        int end = at + HEAD_BYTES + length;
        if (addressBytes == 0) {
            return new Found.Whole(end - at, null);
        }
        int addressesAt = at + HEAD_BYTES;
        int portsAt = addressesAt + 2 * addressBytes;
        InetSocketAddress source = address(bytes, addressesAt, addressBytes, portsAt);
        Hop hop = hop(bytes, portsAt + PORTS_BYTES, end);
        return hop == Hop.OTHER_PROXY
                ? new Found.Whole(end - at, source)
                : new Found.Whole(
                        end - at, source, address(bytes, addressesAt + addressBytes, addressBytes, portsAt + 2), hop);
    }

    /** Fields that do not end where the header does are not ours, and nothing is lost with them. */
    private static Hop hop(ByteBuf bytes, int fieldsAt, int end) {
        int at = fieldsAt;
        while (end - at >= FIELD_HEAD_BYTES) {
            int length = bytes.getUnsignedShort(at + 1);
            if (bytes.getByte(at) == RELAY_FIELD && length == 1 && end - at > FIELD_HEAD_BYTES) {
                return bytes.getByte(at + FIELD_HEAD_BYTES) == 1 ? Hop.ENCRYPTED_RELAY : Hop.RELAY;
            }
            at += FIELD_HEAD_BYTES + length;
        }
        return Hop.OTHER_PROXY;
    }

    /** What a relay of ours says of a client: where it comes from, and whether it came encrypted. */
    static ByteBuf relaying(InetSocketAddress source, InetSocketAddress destination, boolean isEncrypted) {
        boolean isV4 = source.getAddress() instanceof Inet4Address && destination.getAddress() instanceof Inet4Address;
        int addressBytes = isV4 ? 4 : 16;
        ByteBuf header = Unpooled.buffer(128).writeBytes(SIGNATURE).writeByte(0x21);
        header.writeByte(isV4 ? 0x11 : 0x21).writeShort(2 * addressBytes + PORTS_BYTES + FIELD_HEAD_BYTES + 1);
        putAddress(header, source.getAddress(), addressBytes);
        putAddress(header, destination.getAddress(), addressBytes);
        header.writeShort(source.getPort()).writeShort(destination.getPort());
        return header.writeByte(RELAY_FIELD).writeShort(1).writeByte(isEncrypted ? 1 : 0);
    }

    /** As it is, or as IPv6 writes addresses of IPv4; one that is not known is all zeros. */
    private static void putAddress(ByteBuf to, @Nullable InetAddress address, int bytes) {
        byte[] known = address == null ? new byte[bytes] : address.getAddress();
        if (known.length < bytes) {
            to.writeZero(10).writeShort(0xFFFF);
        }
        to.writeBytes(known);
    }

    /** How long each address is; 0 of a family or protocol that is not TCP's, whose addresses say nothing to us. */
    private static int addressBytes(int familyAndProtocol) {
        return switch (familyAndProtocol) {
            case 0x11 -> 4;
            case 0x21 -> 16;
            default -> 0;
        };
    }

    private static InetSocketAddress address(ByteBuf bytes, int at, int length, int portAt) {
        byte[] address = new byte[length];
        bytes.getBytes(at, address);
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), bytes.getUnsignedShort(portAt));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }
}
