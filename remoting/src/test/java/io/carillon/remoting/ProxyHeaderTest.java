package io.carillon.remoting;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.remoting.ProxyHeader.Found;
import io.carillon.remoting.ProxyHeader.Hop;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    private static Found find(byte[] bytes) {
        return ProxyHeader.find(Unpooled.wrappedBuffer(bytes));
    }

    private static Found text(String line) {
        return find(line.getBytes(US_ASCII));
    }

    private static byte[] binary(String rest) {
        return HexFormat.of().parseHex(SIGNATURE + rest);
    }

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }

    @Example
    void readsBothVersionsOfBothFamilies() {
        assertThat(text("PROXY TCP4 192.0.2.7 198.51.100.1 51234 10911\r\nrest"))
                .isEqualTo(new Found.Whole(47, at("192.0.2.7", 51234)));
        assertThat(text("PROXY TCP6 2001:db8::7 2001:db8::1 1 65535\r\n"))
                .isEqualTo(new Found.Whole(44, at("2001:db8::7", 1)));
        assertThat(find(binary("2111000cc0000207c6336401c8222a9f")))
                .isEqualTo(new Found.Whole(28, at("192.0.2.7", 51234)));
        assertThat(find(binary("21210024" + "20010db8000000000000000000000007" + "20010db8000000000000000000000001"
                        + "c8222a9f")))
                .isEqualTo(new Found.Whole(52, at("2001:db8::7", 51234)));
    }

    @Example
    void passesOverWhatFollowsTheAddresses() {
        assertThat(find(binary("2111000fc0000207c6336401c8222a9f" + "040000" + "ff")))
                .isEqualTo(new Found.Whole(31, at("192.0.2.7", 51234)));
    }

    @Example
    void keepsTheProxysOwnAddressWhenItSpeaksForItself() {
        assertThat(text("PROXY UNKNOWN\r\n")).isEqualTo(new Found.Whole(15, null));
        assertThat(text("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n")).isEqualTo(new Found.Whole(35, null));
        assertThat(find(binary("20000000"))).isEqualTo(new Found.Whole(16, null));
        assertThat(find(binary("21000000"))).isEqualTo(new Found.Whole(16, null));
        assertThat(find(binary("2112000cc0000207c6336401c8222a9f"))).isEqualTo(new Found.Whole(28, null)); // UDP
    }

    @Example
    void leavesFramesAndTlsAlone() {
        assertThat(find(ReferenceCodec.request(10, 1))).isEqualTo(new Found.None());
        assertThat(find(new byte[] {0x16, 3, 1})).isEqualTo(new Found.None());
        assertThat(text("PROXX")).isEqualTo(new Found.None());
    }

    @Example
    void refusesWhatOnlyBeginsLikeAHeader() {
        for (String line : new String[] {
            "PROXY TCP4 192.0.2.7 198.51.100.1 51234\r\n",
            "PROXY TCP4 host.example 198.51.100.1 51234 1\r\n",
            "PROXY TCP6 192.0.2.7 198.51.100.1 51234 1\r\n",
            "PROXY TCP4 ::1 ::1 51234 1\r\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 65536 1\r\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 -1 1\r\n",
            "PROXY UDP4 192.0.2.7 198.51.100.1 1 1\r\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 1 1\n",
            "PROXY " + "x".repeat(101),
        }) {
            assertThatThrownBy(() -> text(line)).as(line).isInstanceOf(MalformedFrame.class);
        }
        assertThatThrownBy(() -> find(binary("3111000c"))).hasMessageContaining("version and command");
        assertThatThrownBy(() -> find(binary("2111ffff"))).hasMessageContaining("longer than");
        assertThatThrownBy(() -> find(binary("2111000bc0000207c6336401c8222a"))).hasMessageContaining("too short");
    }

    @Example
    void readsWhatARelayWrites() {
        InetSocketAddress v4 = at("192.0.2.7", 51234);
        InetSocketAddress v6 = at("2001:db8::7", 1);
        InetSocketAddress unknown = InetSocketAddress.createUnresolved("unknown", 0);

        assertThat(ProxyHeader.find(ProxyHeader.relaying(v4, v4, false)))
                .isEqualTo(new Found.Whole(32, v4, v4, Hop.RELAY));
        assertThat(ProxyHeader.find(ProxyHeader.relaying(v4, v6, true)))
                .isEqualTo(new Found.Whole(56, v4, v6, Hop.ENCRYPTED_RELAY));
        assertThat(ProxyHeader.find(ProxyHeader.relaying(v6, v6, true)))
                .isEqualTo(new Found.Whole(56, v6, v6, Hop.ENCRYPTED_RELAY));
        assertThat(ProxyHeader.find(ProxyHeader.relaying(unknown, v4, true)))
                .isEqualTo(new Found.Whole(56, at("::", 0), v4, Hop.ENCRYPTED_RELAY));
    }

    @Property(tries = 200)
    void asksForMoreUntilAHeaderIsWhole(@ForAll boolean isText) {
        byte[] whole = isText
                ? "PROXY TCP4 192.0.2.7 198.51.100.1 51234 10911\r\n".getBytes(US_ASCII)
                : binary("2111000cc0000207c6336401c8222a9f");
        for (int length = 0; length < whole.length; length++) {
            assertThat(find(Arrays.copyOf(whole, length)))
                    .as("%d bytes", length)
                    .isEqualTo(new Found.Part());
        }
        assertThat(find(whole)).isEqualTo(new Found.Whole(whole.length, at("192.0.2.7", 51234)));
    }

    /** Bytes that begin like a header, whatever follows: bounded, and either understood or refused. */
    @Property(tries = 2000)
    void neverReadsBeyondWhatItWasGiven(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] tail = new byte[random.nextInt(2 * ProxyHeader.BYTES_MAX)];
        random.nextBytes(tail);
        byte[] start =
                random.nextBoolean() ? "PROXY TCP4 ".getBytes(US_ASCII) : binary(random.nextBoolean() ? "21" : "");
        byte[] bytes = ByteBuffer.allocate(start.length + tail.length)
                .put(start)
                .put(tail)
                .array();
        try {
            switch (find(bytes)) {
                case Found.Whole whole -> assertThat(whole.bytes()).isBetween(1, bytes.length);
                case Found.Part _ -> assertThat(bytes.length).isLessThan(ProxyHeader.BYTES_MAX);
                case Found.None _ -> throw new AssertionError("it begins like a header");
            }
        } catch (MalformedFrame fault) {
            assertThat(fault).hasMessageContaining("PROXY header");
        }
    }
}
