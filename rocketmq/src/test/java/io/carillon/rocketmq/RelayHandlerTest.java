package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.message.MessageRecord;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.LiveBroker.Peer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RelayHandlerTest {
    /** No JSON library reads it, and the broker must not want to. */
    private static final String ODD = "{\"mqTable\":{{\"brokerName\":\"b\",\"queueId\":0}:{\"locked\":false}}}";

    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final AtomicReference<Consumer<Request>> answer = new AtomicReference<>();
    private final Peer consumer = live.connect(new Dispatcher()
            .on(RequestCode.GET_CONSUMER_RUNNING_INFO, request -> answer.get().accept(request))
            .on(RequestCode.CONSUME_MESSAGE_DIRECTLY, request -> answer.get().accept(request))
            .on(
                    RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT,
                    request -> answer.get().accept(request)));
    private final Peer admin = live.connect();

    RelayHandlerTest() throws IOException {}

    @BeforeEach
    void makeTopic() {
        live.makeTopic("T", 1);
        consumer.call(RequestCode.HEART_BEAT, Heartbeats.of("c1", "G", "CLUSTERING", "T"));
    }

    private static Reply toClient(String clientId) {
        return Reply.ok().ext("consumerGroup", "G").ext("clientId", clientId).ext("jstackEnable", true);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void passesAConsumersRunningInfoOnAsItIs() {
        answer.set(request -> {
            assertThat(request.ext("jstackEnable")).isEqualTo("true");
            assertThat(request.ext("clientId")).isEqualTo("c1");
            request.reply(Reply.of(0, "fine").ext("x", "y").body(utf8(ODD)));
        });

        Response relayed = admin.call(RequestCode.GET_CONSUMER_RUNNING_INFO, toClient("c1"));

        assertThat(relayed.code()).isZero();
        assertThat(relayed.remark()).isEqualTo("fine");
        assertThat(relayed.ext()).containsEntry("x", "y");
        assertThat(text(relayed.body())).isEqualTo(ODD);
    }

    @Test
    void passesAConsumersRefusalOnToo() {
        answer.set(request -> request.reply(Reply.of(ResponseCode.SYSTEM_ERROR, "The Consumer Group <G> not exist")));

        Response relayed = admin.call(RequestCode.GET_CONSUMER_RUNNING_INFO, toClient("c1"));

        assertThat(relayed.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(relayed.remark()).isEqualTo("The Consumer Group <G> not exist");
    }

    @Test
    void saysThatAConsumerIsNotThere() {
        Response none = admin.call(RequestCode.GET_CONSUMER_RUNNING_INFO, toClient("c2"));

        assertThat(none.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(none.remark()).isEqualTo("The Consumer <G> <c2> not online");
    }

    @Test
    void saysThatAConsumerDoesNotAnswerInTime() {
        answer.set(Request::replyTo);

        Response late = admin.call(RequestCode.GET_CONSUMER_RUNNING_INFO, toClient("c1"));

        assertThat(late.code()).isEqualTo(ResponseCode.CONSUME_MSG_TIMEOUT);
        assertThat(late.remark()).startsWith("consumer <G> <c1> Timeout: ");
    }

    @Test
    void saysWhyItTakesNoMoreQuestionsAndCountsThat() {
        AtomicInteger asked = new AtomicInteger();
        answer.set(request -> {
            request.replyTo();
            asked.incrementAndGet();
        });
        List<CompletableFuture<Response>> waiting = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            waiting.add(admin.send(RequestCode.GET_CONSUMER_RUNNING_INFO, toClient("c1")));
        }
        await("all of them have their room", () -> asked.get() == 256);

        Response refused = admin.call(RequestCode.GET_CONSUMER_RUNNING_INFO, toClient("c1"));

        assertThat(refused.code()).isEqualTo(ResponseCode.SYSTEM_BUSY);
        assertThat(refused.remark()).isEqualTo("256 questions wait for consumers to answer, try again");
        assertThat(live.broker.counters().snapshot())
                .containsEntry("busy_consumer_questions", 1L)
                .containsEntry("busy_admin_requests", 0L);
        consumer.close();
        waiting.forEach(one -> assertThat(LiveBroker.get(one).code()).isEqualTo(ResponseCode.SYSTEM_ERROR));
        // Whoever asks again finds room.
        assertThat(admin.call(RequestCode.GET_CONSUMER_RUNNING_INFO, toClient("c1"))
                        .code())
                .isEqualTo(ResponseCode.SYSTEM_ERROR);
    }

    @Test
    void answersAtOnceWhenTheConsumerGoesMeanwhile() throws Exception {
        CompletableFuture<Void> asked = new CompletableFuture<>();
        answer.set(request -> {
            request.replyTo();
            asked.complete(null);
        });

        CompletableFuture<Response> answered = admin.send(RequestCode.GET_CONSUMER_RUNNING_INFO, toClient("c1"));
        asked.get(20, TimeUnit.SECONDS);
        consumer.close();

        assertThat(LiveBroker.get(answered).remark()).startsWith("invoke consumer <G> <c1> Exception: ");
        await("the consumer is gone", () -> live.broker.clients().group("G") == null);
    }

    @Test
    void hasOneConsumerConsumeAStoredMessage() {
        Response sent = admin.call(
                RequestCode.SEND_MESSAGE_V2, LiveBroker.message("T", 0, LiveBroker.properties("TAGS", "A"), "hello"));
        AtomicReference<String> consumed = new AtomicReference<>();
        answer.set(request -> {
            MemorySegment record = MemorySegment.ofArray(request.copyBody());
            consumed.set(MessageRecord.topic(record, 0) + " of " + request.ext("brokerName") + " "
                    + request.ext("topicSysFlag") + request.ext("groupSysFlag"));
            request.reply(Reply.ok().body(utf8("{\"consumeResult\":\"CR_SUCCESS\"}")));
        });

        Response relayed = admin.call(
                RequestCode.CONSUME_MESSAGE_DIRECTLY,
                toClient("c1").ext("topic", "T").ext("msgId", sent.ext().get("msgId")));

        assertThat(text(relayed.body())).isEqualTo("{\"consumeResult\":\"CR_SUCCESS\"}");
        assertThat(consumed.get()).isEqualTo("T of " + live.broker.config().name() + " 00");
        assertThat(admin.call(
                                RequestCode.CONSUME_MESSAGE_DIRECTLY,
                                toClient("c1").ext("msgId", "7F00000100002A9F0000000000FFFFFF"))
                        .remark())
                .startsWith("can not find message by the offset");
        assertThat(admin.call(
                                RequestCode.CONSUME_MESSAGE_DIRECTLY,
                                toClient("c1").ext("msgId", "short"))
                        .code())
                .isEqualTo(ResponseCode.INVALID_PARAMETER);
    }

    @Test
    void collectsHowFarTheMembersAreThatAnswer() {
        answer.set(request -> request.reply(Reply.ok()
                .body(utf8("{\"consumerTable\":{},\"messageQueueTable\":{{\"brokerName\":\"}b\",\"queueId\":0}:7}}"))));
        Peer broken = live.connect(new Dispatcher()
                .on(
                        RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT,
                        request -> request.reply(Reply.ok().body(utf8("{\"messageQueueTable\":{{]")))));
        broken.call(RequestCode.HEART_BEAT, Heartbeats.of("c2", "G", "CLUSTERING", "T"));
        Reply wanted = Reply.ok().ext("topic", "T").ext("group", "G");

        Response all = admin.call(RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS, wanted);

        assertThat(text(all.body()))
                .isEqualTo("{\"consumerTable\":{\"c1\":{{\"brokerName\":\"}b\",\"queueId\":0}:7}},"
                        + "\"messageQueueTable\":{}}");
        assertThat(text(admin.call(RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS, wanted.ext("clientAddr", "c2"))
                        .body()))
                .isEqualTo("{\"consumerTable\":{},\"messageQueueTable\":{}}");
        assertThat(admin.call(RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS, wanted.ext("group", "none"))
                        .remark())
                .isEqualTo("No Any Consumer online in the consumer group: [none]");
    }
}
