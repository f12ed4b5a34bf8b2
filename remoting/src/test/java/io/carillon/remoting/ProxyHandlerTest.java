package io.carillon.remoting;

import static io.carillon.remoting.ReferenceCodec.request;
import static io.carillon.remoting.TestServer.await;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.ByteSize;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProxyHandlerTest {
    private static final int WHO = 10;
    private static final byte[] TEXT = "PROXY TCP4 192.0.2.7 198.51.100.1 51234 10911\r\n".getBytes(US_ASCII);
    private static final byte[] BINARY =
            HexFormat.of().parseHex("0d0a0d0a000d0a515549540a2111000cc0000207c6336401c8222a9f");

    private static RemotingConfig trusting(String proxies, long idleMs) {
        return new RemotingConfig(
                ByteSize.mib(16),
                ByteSize.mib(5),
                Duration.ofSeconds(30),
                ByteSize.mib(1),
                100,
                100,
                ByteSize.mib(16),
                ByteSize.mib(128),
                ByteSize.kib(512),
                Duration.ofMillis(idleMs),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                proxies);
    }

    private static TestServer server(String proxies) throws IOException {
        TestServer server = new TestServer(trusting(proxies, 120_000));
        server.dispatcher.on(
                WHO,
                request -> request.reply(Reply.ok()
                        .ext("from", request.connection().remoteAddress().toString())));
        return server;
    }

    private static byte[] joined(byte[] header, byte[] frame) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(header);
        both.writeBytes(frame);
        return both.toByteArray();
    }

    @Test
    void takesTheClientsAddressFromATrustedProxy() throws IOException {
        try (TestServer server = server("192.0.2.200, 127.0.0.1")) {
            for (byte[] header : new byte[][] {TEXT, BINARY}) {
                try (TestPeer peer = server.connect()) {
                    peer.send(joined(header, request(WHO, 1)));
                    assertThat(TestPeer.text(peer.receive())).contains("/192.0.2.7:51234");
                    peer.send(request(WHO, 2));
                    assertThat(TestPeer.text(peer.receive())).contains("/192.0.2.7:51234");
                }
            }
        }
    }

    @Test
    void takesAHeaderThatComesByteByByte() throws IOException {
        try (TestServer server = server("any");
                TestPeer peer = server.connect()) {
            for (byte one : joined(BINARY, request(WHO, 1))) {
                peer.send(new byte[] {one});
            }

            assertThat(TestPeer.text(peer.receive())).contains("/192.0.2.7:51234");
        }
    }

    @Test
    void servesWhoConnectsWithoutAProxyUnderItsOwnAddress() throws IOException {
        try (TestServer server = server("127.0.0.1");
                TestPeer peer = server.connect()) {
            peer.send(request(WHO, 1));

            assertThat(TestPeer.text(peer.receive())).contains("/127.0.0.1:" + peer.socket.getLocalPort());
        }
    }

    @Test
    void closesAConnectionWhoseHeaderComesFromSomebodyElse() throws IOException {
        for (String proxies : new String[] {"", "192.0.2.200"}) {
            try (TestServer server = server(proxies);
                    TestPeer peer = server.connect()) {
                peer.send(joined(TEXT, request(WHO, 1)));

                assertThat(peer.isClosedByPeer()).isTrue();
            }
        }
    }

    @Test
    void closesAConnectionWithAMalformedHeaderAndCountsIt() throws IOException {
        try (TestServer server = server("any");
                TestPeer peer = server.connect()) {
            peer.send("PROXY TCP4 nobody\r\n".getBytes(US_ASCII));

            assertThat(peer.isClosedByPeer()).isTrue();
            await("it is counted", () -> server.count("remoting_malformed_frames") == 1);
        }
    }

    @Test
    void closesAConnectionThatNeverEndsItsHeader() throws IOException {
        try (TestServer server = new TestServer(trusting("any", 200));
                TestPeer peer = server.connect()) {
            peer.send("PROXY ".getBytes(US_ASCII));

            assertThat(peer.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void refusesAProxyThatIsNoAddress() {
        assertThatThrownBy(() -> trusting("proxy.example", 1000)).hasMessageContaining("not 'proxy.example'");
    }
}
