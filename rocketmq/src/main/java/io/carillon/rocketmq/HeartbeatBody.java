package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSONObject;
import io.carillon.broker.client.ConsumeFrom;
import io.carillon.broker.client.ConsumeType;
import io.carillon.broker.client.ConsumerKind;
import io.carillon.broker.client.MessageModel;
import io.carillon.broker.client.Subscriber;
import io.carillon.broker.filter.TagExpression;
import io.carillon.message.Subscription;
import io.carillon.remoting.BadRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client's heartbeat (protocol: body of code 34).
 *
 * @param isWithoutSubscriptions whether the client left its subscriptions out because they did not change
 * @param unitGroups the consumer groups that belong to a unit
 */
record HeartbeatBody(
        String clientId,
        boolean isWithoutSubscriptions,
        List<String> producers,
        List<Subscriber> consumers,
        Set<String> unitGroups) {
    /** Apache's own limit for the names of groups. */
    private static final int GROUP_CHARS_MAX = 255;

    private static final int CLIENT_CHARS_MAX = 1024;

    static HeartbeatBody of(byte[] json) {
        JSONObject body = ClientBodies.parse(json);
        boolean isWithout = ClientBodies.flag(body, "withoutSub");
        List<String> producers = new ArrayList<>();
        for (JSONObject producer : ClientBodies.objects(body, "producerDataSet")) {
            producers.add(group(producer));
        }
        List<Subscriber> consumers = new ArrayList<>();
        Set<String> unitGroups = new HashSet<>();
        for (JSONObject consumer : ClientBodies.objects(body, "consumerDataSet")) {
            Subscriber subscriber = subscriber(consumer, isWithout);
            consumers.add(subscriber);
            if (ClientBodies.flag(consumer, "unitMode")) {
                unitGroups.add(subscriber.group());
            }
        }
        String clientId = noLonger(ClientBodies.text(body, "clientID"), CLIENT_CHARS_MAX, "clientID");
        return new HeartbeatBody(clientId, isWithout, producers, consumers, unitGroups);
    }

    private static String group(JSONObject ofGroup) {
        return noLonger(ClientBodies.text(ofGroup, "groupName"), GROUP_CHARS_MAX, "groupName");
    }

    /** What a client calls itself is kept as long as it is there. */
    private static String noLonger(String text, int charsMax, String name) {
        if (text.length() > charsMax) {
            throw new BadRequest(name + " has " + text.length() + " characters, at most " + charsMax + " are taken");
        }
        return text;
    }

    private static Subscriber subscriber(JSONObject consumer, boolean isWithoutSubscriptions) {
        ConsumerKind kind = new ConsumerKind(
                ClientBodies.oneOf(ConsumeType.class, consumer, "consumeType", ConsumeType.CONSUME_PASSIVELY),
                ClientBodies.oneOf(MessageModel.class, consumer, "messageModel", MessageModel.CLUSTERING),
                ClientBodies.oneOf(
                        ConsumeFrom.class, consumer, "consumeFromWhere", ConsumeFrom.CONSUME_FROM_LAST_OFFSET));
        String group = group(consumer);
        return new Subscriber(group, kind, isWithoutSubscriptions ? null : subscriptions(consumer));
    }

    private static List<Subscription> subscriptions(JSONObject consumer) {
        List<Subscription> all = new ArrayList<>();
        for (JSONObject one : ClientBodies.objects(consumer, "subscriptionDataSet")) {
            subscription(one).ifPresent(all::add);
        }
        return all;
    }

    /** Empty for tags that say nothing, which no client sends. Other languages than tags are kept as they are. */
    static Optional<Subscription> subscription(JSONObject one) {
        String topic = ClientBodies.text(one, "topic");
        String expression = orElse(ClientBodies.optionalText(one, "subString"), Subscription.ALL);
        String type = type(one);
        long version = ClientBodies.number(one, "subVersion");
        return type.isEmpty() || type.equals(Subscription.TAG)
                ? TagExpression.parse(topic, expression, version)
                : Optional.of(new Subscription(topic, expression, List.of(), Set.of(), version, type));
    }

    /** The language of a subscription's expression. */
    static String type(JSONObject subscription) {
        return ClientBodies.flag(subscription, "classFilterMode")
                ? Subscription.CLASS
                : orElse(ClientBodies.optionalText(subscription, "expressionType"), Subscription.TAG);
    }

    private static String orElse(@Nullable String text, String otherwise) {
        return text == null ? otherwise : text;
    }
}
