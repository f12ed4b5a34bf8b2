package io.carillon.rocketmq;

import io.carillon.remoting.Reply;
import java.nio.charset.StandardCharsets;

/** Heartbeats of consumers, as clients write them. */
final class Heartbeats {
    private Heartbeats() {}

    static Reply of(String clientId, String group, String model, String topic) {
        return Reply.ok().body("""
                {"clientID":"%s","consumerDataSet":[{"groupName":"%s","consumeType":"CONSUME_PASSIVELY",
                "messageModel":"%s","consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET","unitMode":false,
                "subscriptionDataSet":[{"topic":"%s","subString":"*","subVersion":1,"expressionType":"TAG"}]}]}""".formatted(clientId, group, model, topic).getBytes(StandardCharsets.UTF_8));
    }
}
