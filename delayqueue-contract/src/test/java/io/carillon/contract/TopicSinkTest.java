package io.carillon.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.Message;
import io.carillon.api.delayqueue.v1.PullRequest;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Sink;
import io.carillon.base.delayqueue.Stored;
import io.carillon.base.delayqueue.When;
import io.carillon.http.HttpConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What another delay queue has due goes into the topics of a broker. */
class TopicSinkTest {
    private static EmbeddedServer server;
    private static Sink sink;

    @BeforeAll
    static void start() throws Exception {
        server = new EmbeddedServer(HttpConfig.DEFAULT, new Everybody());
        sink = server.sink();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    private static Sink.Due due(int number, String topic, String orderingKey, Map<String, String> headers) {
        byte[] body = ("m" + number).getBytes(StandardCharsets.UTF_8);
        return new Sink.Due(
                "%032X".formatted(topic.hashCode() * 1_000L + number),
                new Stored(
                        topic,
                        "id" + number,
                        MessageState.IN_FLIGHT,
                        1,
                        1,
                        1,
                        "key",
                        "tag",
                        orderingKey,
                        0,
                        4,
                        headers,
                        body.length,
                        body));
    }

    private static List<Message> pulled(String topic, int count) {
        List<Message> all = new ArrayList<>();
        try (GrpcClient client = new GrpcClient(server.port(), "")) {
            for (int tries = 0; tries < 20 && all.size() < count; tries++) {
                client
                        .call(
                                DelayQueueGrpc.getPullMethod(),
                                PullRequest.newBuilder()
                                        .setTopic(topic)
                                        .setGroup("g")
                                        .setMax(100)
                                        .setWait(com.google.protobuf.util.Durations.fromMillis(500))
                                        .build())
                        .getMessagesList()
                        .stream()
                        .map(ReceivedMessage::getMessage)
                        .forEach(all::add);
            }
        }
        return all;
    }

    @Test
    void storesMessagesWithAllThatTheirSenderSaidInATopicThatItMakes() {
        List<Sink.Outcome> outcomes = sink.deliver("made", List.of(due(1, "made", "o", Map.of("colour", "red"))))
                .join();

        assertThat(outcomes).containsExactly(new Sink.Outcome.Taken());
        Message message = pulled("made", 1).getFirst();
        assertThat(message.getKey()).isEqualTo("key");
        assertThat(message.getTag()).isEqualTo("tag");
        assertThat(message.getOrderingKey()).isEqualTo("o");
        assertThat(message.getHeadersMap()).containsEntry("colour", "red");
        assertThat(message.getBody().toStringUtf8()).isEqualTo("m1");
    }

    @Test
    void storesOnceWhatIsHandedOverAgain() {
        List<Sink.Due> both = List.of(due(1, "again", "", Map.of()), due(2, "again", "", Map.of()));

        sink.deliver("again", both.subList(0, 1)).join();
        List<Sink.Outcome> outcomes = sink.deliver("again", both).join();

        assertThat(outcomes).containsExactly(new Sink.Outcome.Taken(), new Sink.Outcome.Taken());
        sink.deliver("again", List.of(due(3, "again", "", Map.of()))).join();
        assertThat(pulled("again", 3))
                .extracting(message -> message.getBody().toStringUtf8())
                .containsExactlyInAnyOrder("m1", "m2", "m3");
    }

    @Test
    void tellsWhatItWillNeverTakeFromTheRest() {
        List<Sink.Outcome> outcomes = sink.deliver(
                        "mixed", List.of(due(1, "mixed", "", Map.of("TAGS", "x")), due(2, "mixed", "", Map.of())))
                .join();

        assertThat(outcomes.get(0)).isInstanceOf(Sink.Outcome.Never.class);
        assertThat(outcomes.get(1)).isInstanceOf(Sink.Outcome.Taken.class);
        assertThat(sink.deliver("%RETRY%x", List.of(due(1, "x", "", Map.of())))
                        .join()
                        .getFirst())
                .isInstanceOf(Sink.Outcome.Never.class);
    }

    @Test
    void tellsASenderWhatNoBrokerTakes() {
        NewMessage fine = NewMessage.of(new byte[1], When.now());
        NewMessage large = NewMessage.of(new byte[(4 << 20) + 1], When.now());
        NewMessage ownHeader =
                new NewMessage(When.now(), "", "", "", "", 0, 4, null, Map.of("UNIQ_KEY", "x"), new byte[1]);

        assertThat(sink.faultOf("fine", fine)).isEmpty();
        assertThat(sink.faultOf("fine", large).orElseThrow().detail()).contains("body_bytes_max");
        assertThat(sink.faultOf("fine", ownHeader).orElseThrow().detail()).contains("UNIQ_KEY");
        assertThat(sink.faultOf("rmq_sys_x", fine).orElseThrow().code()).isEqualTo("forbidden");
    }
}
