package io.carillon.remoting;

import static io.carillon.remoting.ReferenceCodec.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Peers that want to keep memory or connections for nothing. */
@Timeout(60)
class HostilePeerTest {
    private static final int LOGIN = 1;
    private static final int ECHO = 2;

    private static RemotingConfig config(ByteSize beforeAuthentication, long frameWithinMs) {
        return new RemotingConfig(
                ByteSize.mib(16),
                beforeAuthentication,
                Duration.ofMillis(frameWithinMs),
                ByteSize.mib(1),
                100,
                100,
                ByteSize.mib(16),
                ByteSize.mib(128),
                ByteSize.kib(512),
                Duration.ofSeconds(120),
                Duration.ofSeconds(60),
                Duration.ofSeconds(1),
                "");
    }

    private static void serve(TestServer server) {
        server.dispatcher.on(ECHO, request -> request.reply(Reply.ok()));
        server.dispatcher.on(LOGIN, request -> {
            request.connection().attach(String.class, "known");
            request.reply(Reply.ok());
        });
    }

    @Test
    void closesAConnectionWhoseFrameDoesNotGoOn() throws IOException {
        try (TestServer server = new TestServer(config(ByteSize.mib(5), 400));
                TestPeer stuck = server.connect();
                TestPeer quiet = server.connect()) {
            serve(server);
            quiet.send(request(ECHO, 1));
            assertThat(quiet.receiveHeader().opaque).isEqualTo(1);

            stuck.send(request(ECHO, 1), new byte[] {0, 0, 1});

            assertThat(stuck.receiveHeader().opaque).isEqualTo(1);
            assertThat(stuck.isClosedByPeer()).isTrue();
            assertThat(server.count("remoting_unfinished_frame_closed_connections"))
                    .isEqualTo(1);
            quiet.send(request(ECHO, 2)); // who sends nothing is only idle
            assertThat(quiet.receiveHeader().opaque).isEqualTo(2);
        }
    }

    @Test
    void takesLargeFramesOnlyFromWhomItKnows() throws IOException {
        byte[] large = request(ECHO, 2, 0, Map.of(), new byte[20_000]);
        try (TestServer server = new TestServer(config(ByteSize.kib(10), 30_000));
                TestPeer stranger = server.connect();
                TestPeer known = server.connect()) {
            serve(server);
            server.dispatcher.guard(new Guard() {
                @Override
                public boolean admits(Request request) {
                    return true;
                }

                @Override
                public boolean knows(Connection connection) {
                    return connection.attachment(String.class) != null;
                }
            });

            stranger.send(request(ECHO, 1), java.util.Arrays.copyOf(large, 100));
            assertThat(stranger.receiveHeader().opaque).isEqualTo(1);
            assertThat(stranger.isClosedByPeer()).isTrue();
            assertThat(server.count("remoting_malformed_frames")).isEqualTo(1);

            known.send(request(LOGIN, 1), large);
            assertThat(known.receiveHeader().opaque).isEqualTo(1);
            assertThat(known.receiveHeader().opaque).isEqualTo(2);
        }
    }
}
