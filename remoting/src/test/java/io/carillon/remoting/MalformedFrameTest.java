package io.carillon.remoting;

import static io.carillon.remoting.ReferenceCodec.answer;
import static io.carillon.remoting.ReferenceCodec.frame;
import static io.carillon.remoting.ReferenceCodec.request;
import static io.carillon.remoting.TestServer.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Frames that no client writes: who sends one is told or cut off, and nobody else notices. */
@Timeout(60)
class MalformedFrameTest {
    private static final int ECHO = 10;

    @Test
    void refusesAHeaderThatIsLongerThanItsCodeNeedsAndServesOn() throws IOException {
        try (TestServer server = new TestServer();
                TestPeer peer = server.connect()) {
            server.dispatcher.on(30, request -> request.reply(Reply.ok()));
            server.dispatcher.on(RequestCode.PULL_MESSAGE, request -> request.reply(Reply.ok()));
            String tooLong = "x".repeat(64 << 10);

            peer.send(longRequest(30, tooLong), longRequest(RequestCode.PULL_MESSAGE, tooLong), request(30, 3));

            assertThat(TestPeer.text(peer.receive())).contains("code 30 has 65536 bytes at most");
            assertThat(peer.receiveHeader().code).isZero();
            assertThat(peer.receiveHeader().code).isZero();
        }
    }

    private static byte[] longRequest(int code, String value) {
        return frame(
                Header.TYPE_JSON,
                ("{\"code\":" + code + ",\"extFields\":{\"a\":\"" + value + "\"}}").getBytes(UTF_8),
                new byte[0]);
    }

    @Test
    void closesOnMalformedFramesAndHurtsNobodyElse() throws IOException {
        byte[][] bad = {
            {0, 0, 0, 2, 0, 0},
            {0x7F, 0, 0, 0},
            {0, 0, 0, 8, 0, 0, 0, 9, '{', '}', '{', '}'},
            frame(0, "{\"code\":".getBytes(UTF_8), new byte[0]),
            frame(1, new byte[20], new byte[0]),
            frame(5, "{}".getBytes(UTF_8), new byte[0]),
            {0x16, 3, 1, 2, 0, 1, 0},
            "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n".getBytes(UTF_8),
            HexFormat.of().parseHex("0d0a0d0a000d0a515549540a2111000c"),
            "GET / HTTP/1.1\r\n\r\n".getBytes(UTF_8)
        };
        try (TestServer server = new TestServer();
                TestPeer good = server.connect()) {
            server.echo(ECHO);
            for (byte[] bytes : bad) {
                try (TestPeer peer = server.connect()) {
                    peer.send(bytes);
                    assertThat(peer.isClosedByPeer()).isTrue();
                }
            }

            good.send(request(ECHO, 1, 0, Map.of("n", "x")));
            assertThat(good.receive()).isEqualTo(answer(0, 1, "\"n\":\"x\"", ""));
            assertThat(server.count("remoting_malformed_frames")).isEqualTo(bad.length);
        }
    }

    @Test
    void answersWhatCameBeforeAMalformedFrame() throws IOException {
        try (TestServer server = new TestServer();
                TestPeer peer = server.connect()) {
            server.echo(ECHO);

            peer.send(ByteBuffer.allocate(1000)
                    .put(request(ECHO, 1, 0, Map.of("n", "x")))
                    .putInt(1)
                    .array());

            assertThat(peer.receive()).isEqualTo(answer(0, 1, "\"n\":\"x\"", ""));
            assertThat(peer.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void survivesGarbage() throws IOException {
        Random random = new Random(42);
        try (TestServer server = new TestServer();
                TestPeer good = server.connect()) {
            server.echo(ECHO);
            for (int i = 0; i < 200; i++) {
                byte[] valid = request(ECHO, i, 0, Map.of("n", "x\u0001"), new byte[20]);
                for (int flips = random.nextInt(5); flips >= 0; flips--) {
                    valid[4 + random.nextInt(valid.length - 4)] = (byte) random.nextInt();
                }
                try (TestPeer peer = server.connect()) {
                    peer.send(valid);
                }
            }

            good.send(request(ECHO, 1, 0, Map.of("n", "x")));
            assertThat(good.receive()).isEqualTo(answer(0, 1, "\"n\":\"x\"", ""));
            await("closes", () -> server.server.connectionCount() == 1);
            assertThat(server.count("remoting_handler_faults")).isZero();
        }
    }
}
