package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.SharedServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.RequestTimeoutException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.RequestCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A producer asks, a consumer answers: the answer comes back to the one that asked. */
@SuppressWarnings("deprecation") // it is what programs use
@ExtendWith({SharedServer.class, Clients.OnSharedServer.class})
class RequestReplyTest {
    private static final long PATIENCE_MS = 20_000;

    static void assumeThatTheClientWaits() {
        Assumptions.assumeTrue(
                Dialect.WAITS_FOR_ANSWERS, "this client gives up as soon as its request is sent (apache/rocketmq#9608)");
    }

    /** Answers each request with {@code re: } and its body. */
    private static void answerOn(Clients clients, String topic) throws Exception {
        DefaultMQProducer replier = clients.producer();
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            for (MessageExt request : batch) {
                answer(replier, request);
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);
    }

    private static void answer(DefaultMQProducer replier, MessageExt request) {
        try {
            replier.send(reply(request, "re: " + Received.text(request)));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Message reply(MessageExt request, String body) throws Exception {
        return MessageUtil.createReplyMessage(request, Received.bytes(body));
    }

    private static Message question(String topic, String body) {
        return new Message(topic, Received.bytes(body));
    }

    private static String text(Message message) {
        return new String(message.getBody(), java.nio.charset.StandardCharsets.UTF_8);
    }

    @Test
    void bringsTheAnswerToTheOneThatAsked(Clients clients) throws Exception {
        assumeThatTheClientWaits();
        String topic = clients.topic(2);
        answerOn(clients, topic);
        DefaultMQProducer one = clients.producer();
        DefaultMQProducer other = clients.producer();

        for (int n = 0; n < 10; n++) {
            assertThat(text(one.request(question(topic, "one" + n), PATIENCE_MS))).isEqualTo("re: one" + n);
            assertThat(text(other.request(question(topic, "other" + n), PATIENCE_MS)))
                    .isEqualTo("re: other" + n);
        }
    }

    @Test
    void bringsTheAnswerToRequestsThatChooseTheirQueue(Clients clients) throws Exception {
        assumeThatTheClientWaits();
        String topic = clients.topic(2);
        answerOn(clients, topic);
        DefaultMQProducer producer = clients.producer();
        MessageQueue queue = Clients.queues(producer, topic).get(1);

        assertThat(text(producer.request(question(topic, "queue"), queue, PATIENCE_MS)))
                .isEqualTo("re: queue");
        assertThat(text(producer.request(
                        question(topic, "selected"), (queues, message, n) -> queues.get((Integer) n), 1, PATIENCE_MS)))
                .isEqualTo("re: selected");
    }

    @Test
    void tellsCallbacks(Clients clients) throws Exception {
        String topic = clients.topic(1);
        answerOn(clients, topic);
        DefaultMQProducer producer = clients.producer();
        List<CompletableFuture<String>> answers = new ArrayList<>();

        for (int n = 0; n < 50; n++) {
            CompletableFuture<String> answer = new CompletableFuture<>();
            answers.add(answer);
            producer.request(question(topic, "m" + n), callback(answer), PATIENCE_MS);
        }

        for (int n = 0; n < 50; n++) {
            assertThat(answers.get(n).get(PATIENCE_MS, TimeUnit.MILLISECONDS)).isEqualTo("re: m" + n);
        }
    }

    private static RequestCallback callback(CompletableFuture<String> answer) {
        return new RequestCallback() {
            @Override
            public void onSuccess(Message message) {
                answer.complete(text(message));
            }

            @Override
            public void onException(Throwable e) {
                answer.completeExceptionally(e);
            }
        };
    }

    @Test
    void carriesAnAnswerThatIsLargeEnoughToBeCompressed(Clients clients) throws Exception {
        assumeThatTheClientWaits();
        String topic = clients.topic(1);
        answerOn(clients, topic);
        String body = "large ".repeat(5_000);

        Message answer = clients.producer().request(question(topic, body), PATIENCE_MS);

        assertThat(text(answer)).isEqualTo("re: " + body);
        assertThat(answer.getProperty("MSG_TYPE")).isEqualTo("reply");
        assertThat(answer.getProperty("PUSH_REPLY_TIME")).isNotNull();
    }

    @Test
    void letsARequestRunOutThatNobodyAnswers(Clients clients) throws Exception {
        String topic = clients.topic(1);
        DefaultMQProducer producer = clients.producer();

        assertThatThrownBy(() -> producer.request(question(topic, "anybody?"), 1_000))
                .isInstanceOf(RequestTimeoutException.class);
    }

    @Test
    void tellsAReplierThatTheOneThatAskedIsGone(Clients clients) throws Exception {
        String topic = clients.topic(1);
        DefaultMQProducer replier = clients.producer();
        Message question = question(topic, "farewell");
        MessageAccessor.putProperty(question, "CORRELATION_ID", "c");
        MessageAccessor.putProperty(question, "REPLY_TO_CLIENT", "nobody@nowhere");
        MessageAccessor.putProperty(question, "TTL", "3000");
        replier.send(question);
        MessageExt request = clients.awaitStored(topic, 1).getFirst();

        assertThatThrownBy(() -> replier.send(reply(request, "too late")))
                .as("after it tried three times")
                .rootCause()
                .isInstanceOf(MQBrokerException.class)
                .hasMessageContaining("channel of <nobody@nowhere> not found");
    }

    @Test
    void keepsTheReplyInTheTopicOfReplies(Clients clients) throws Exception {
        assumeThatTheClientWaits();
        String topic = clients.topic(1);
        DefaultMQProducer replier = clients.producer();
        DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
        consumer.subscribe(topic, "*");
        CompletableFuture<SendResult> sent = new CompletableFuture<>();
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            try {
                sent.complete(replier.send(reply(batch.getFirst(), "kept")));
            } catch (Exception e) {
                sent.completeExceptionally(e);
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        clients.start(consumer);

        clients.producer().request(question(topic, "keep it"), PATIENCE_MS);

        SendResult kept = sent.get(PATIENCE_MS, TimeUnit.MILLISECONDS);
        String replies = clients.server().clusterName() + "_REPLY_TOPIC";
        assertThat(kept.getMessageQueue().getTopic()).isEqualTo(replies);
        assertThat(Received.text(replier.viewMessage(replies, kept.getOffsetMsgId())))
                .isEqualTo("kept");
    }
}
