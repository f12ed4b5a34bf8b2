package io.carillon.remoting;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.ByteSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What may change while sockets are served takes effect at once. */
class ReconfigureTest {
    @Test
    void takesAsManyConnectionsAsHold() throws IOException {
        try (TestServer server = new TestServer();
                TestPeer _ = server.connect()) {
            TestServer.await("the first connection", () -> server.count("remoting_open_connections") == 1);

            server.io.reconfigure(TestServer.config(1, ByteSize.mib(16), ByteSize.mib(128), 120_000));
            try (TestPeer second = server.connect()) {
                assertThat(second.isClosedByPeer()).isTrue();
            }
            server.io.reconfigure(TestServer.config(2, ByteSize.mib(16), ByteSize.mib(128), 120_000));
            try (TestPeer _ = server.connect()) {
                TestServer.await("one more connection", () -> server.count("remoting_open_connections") == 2);
            }
        }
    }

    @Test
    void letsAsMuchBeInFlightAsHoldsAndWakesWhoWaited() {
        InFlight inFlight = new InFlight(100);
        List<String> woken = new ArrayList<>();
        inFlight.add(80);
        assertThat(inFlight.mustWait(() -> woken.add("too early"))).isFalse();

        inFlight.bytesMax(50);
        assertThat(inFlight.mustWait(() -> woken.add("waited"))).isTrue();
        assertThat(woken).isEmpty();

        inFlight.bytesMax(1000);
        assertThat(woken).containsExactly("waited");
    }
}
