package io.carillon.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.http.HttpConfig;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The embedded engine does what every engine must. */
class EmbeddedContractTest extends DelayQueueContract {
    private @Nullable EmbeddedServer server;

    @Override
    protected int open() throws Exception {
        server = new EmbeddedServer(HttpConfig.DEFAULT, new Everybody());
        return server.port();
    }

    @Override
    protected void shut() throws Exception {
        Objects.requireNonNull(server).close();
    }

    /** The other engine counts in the background, which its own tests look at. */
    @Test
    void tellsAtOnceHowMuchIsReadyAndInFlight() {
        try (JsonClient client = new JsonClient(Objects.requireNonNull(server).port(), "")) {
            client.send(client.to("/v1/topics/depth/groups/g:pull").POST(BodyPublishers.ofString("{}")));
            for (int i = 0; i < 5; i++) {
                client.send(client.to("/v1/topics/depth/messages").POST(BodyPublishers.ofString("{\"text\":\"x\"}")));
            }
            client.send(client.to("/v1/topics/depth/groups/g:pull")
                    .POST(BodyPublishers.ofString("{\"max\":2,\"wait\":\"10s\"}")));

            assertThat(client.send(client.to("/metrics").GET()).body())
                    .contains("delayqueue_ready_messages{group=\"g\",topic=\"depth\"} 3\n")
                    .contains("delayqueue_in_flight_messages{group=\"g\",topic=\"depth\"} 2\n");
        }
    }
}
