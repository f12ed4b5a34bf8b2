package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.rocketmq.LiveBroker.Peer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class ProduceHandlerTest {
    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final Peer peer = live.connect();

    ProduceHandlerTest() throws IOException {}

    private static Reply send(String topic) {
        return Reply.ok()
                .ext("a", "P")
                .ext("b", topic)
                .ext("c", "TBW102")
                .ext("d", 4)
                .ext("e", 0)
                .ext("f", 0)
                .ext("g", 1)
                .ext("h", 0)
                .ext("i", "TAGS\u0001a\u0002")
                .ext("j", 0)
                .body("hello".getBytes(StandardCharsets.UTF_8));
    }

    private Response sent(Reply request) {
        return peer.call(RequestCode.SEND_MESSAGE_V2, request);
    }

    @Test
    void keepsNothingInFlightOfASendThatMadeItsTopic() {
        for (int i = 0; i < 20; i++) {
            assertThat(sent(send("Made" + i)).code()).isZero();
        }
        assertThat(sent(send("Made0")).code()).isZero();

        await("nothing is in flight", () -> live.bytesInFlight() == 0);
    }
}
