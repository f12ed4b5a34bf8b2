package io.carillon.rocketmq;

import static io.carillon.rocketmq.Permissions.on;
import static io.carillon.rocketmq.Permissions.optional;
import static io.carillon.rocketmq.Rights.GET;
import static io.carillon.rocketmq.Rights.LIST;
import static io.carillon.rocketmq.Rights.PROGRESS;
import static io.carillon.rocketmq.Rights.PUB;
import static io.carillon.rocketmq.Rights.READ;
import static io.carillon.rocketmq.Rights.SUB;
import static io.carillon.rocketmq.Rights.UPDATE;
import static io.carillon.rocketmq.Rights.both;
import static io.carillon.rocketmq.Rights.cluster;
import static io.carillon.rocketmq.Rights.group;
import static io.carillon.rocketmq.Rights.popped;
import static io.carillon.rocketmq.Rights.signedIn;
import static io.carillon.rocketmq.Rights.topic;

import com.alibaba.fastjson2.JSONObject;
import io.carillon.broker.client.Subscriber;
import io.carillon.message.QueueId;
import io.carillon.message.Subscription;
import io.carillon.remoting.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What the requests of producers and consumers need. */
final class ClientPermissions {
    private ClientPermissions() {}

    static void fill(Permissions table) {
        producers(table);
        consumers(table);
        offsets(table);
        poppers(table);
        members(table);
    }

    private static void producers(Permissions table) {
        table.add(send(10, "SEND_MESSAGE", "topic"));
        table.add(send(310, "SEND_MESSAGE_V2", "b"));
        table.add(send(320, "SEND_BATCH_MESSAGE", "b"));
        table.add(reply(324, "SEND_REPLY_MESSAGE", "topic"));
        table.add(reply(325, "SEND_REPLY_MESSAGE_V2", "b"));
        // A topic that the request names is not looked at: producers with a namespace name it without that, and the
        // half itself says which one it goes to.
        table.add(on(37, "END_TRANSACTION").needsByBody("the half's Topic: Pub", (_, _) -> List.of()));
        table.add(topic(on(370, "RECALL_MESSAGE"), "topic", PUB));
    }

    /** What goes to a group's retries or dead letters is sent by its consumers. */
    private static Permission send(int code, String name, String field) {
        return on(code, name)
                .needs(
                        "Topic in " + field + ": Pub; a retry topic: its Group: Sub",
                        List.of(field),
                        (request, _) -> List.of(Wanted.topicOrItsGroup(request.required(field), PUB, SUB)));
    }

    /** Whoever was asked may answer: whom, says the question's secret id. */
    private static Permission reply(int code, String name, String field) {
        return on(code, name)
                .needs(
                        "any user to the cluster's reply topic, else Topic in " + field + ": Pub",
                        List.of(field),
                        (request, cluster) -> {
                            String topic = request.required(field);
                            return topic.equals(cluster + "_REPLY_TOPIC") ? List.of() : Rights.of("", topic, PUB);
                        });
    }

    private static void consumers(Permissions table) {
        table.add(both(on(11, "PULL_MESSAGE"), "consumerGroup", "topic", SUB));
        table.add(both(on(361, "LITE_PULL_MESSAGE"), "consumerGroup", "topic", SUB));
        table.add(on(36, "CONSUMER_SEND_MSG_BACK")
                .needs(
                        "Group in group, and Topic in originTopic if it is there: Sub",
                        List.of("group", "originTopic"),
                        (request, _) -> Rights.of(request.required("group"), optional(request, "originTopic"), SUB)));
        table.add(topic(on(12, "QUERY_MESSAGE"), "topic", READ));
        table.add(on(33, "VIEW_MESSAGE_BY_ID")
                .needs(
                        "Topic in topic: Sub or Get; the Cluster: Get when the request names no topic",
                        List.of("topic"),
                        (request, cluster) -> Rights.has(request, "topic")
                                ? Rights.of("", request.required("topic"), READ)
                                : List.of(Rights.ofCluster(cluster, GET))));
        table.add(on(41, "LOCK_BATCH_MQ")
                .needsByBody("Group and Topics in the body: Sub", (request, _) -> locks(request)));
        table.add(on(42, "UNLOCK_BATCH_MQ")
                .needsByBody("Group and Topics in the body: Sub", (request, _) -> locks(request)));
    }

    private static List<Wanted> locks(Request request) {
        ClientBodies.Locks locks = ClientBodies.Locks.of(request.copyBody());
        List<Wanted> wanted = new ArrayList<>();
        wanted.add(Wanted.group(locks.group(), SUB));
        locks.queues().stream().map(QueueId::topic).distinct().forEach(topic -> addTopic(wanted, locks.group(), topic));
        return wanted;
    }

    private static void addTopic(List<Wanted> wanted, String group, String topic) {
        if (!Wanted.isOf(topic, group)) {
            wanted.add(Wanted.topicOrItsGroup(topic, SUB, SUB));
        }
    }

    private static void offsets(Permissions table) {
        table.add(both(on(14, "QUERY_CONSUMER_OFFSET"), "consumerGroup", "topic", READ));
        table.add(both(on(15, "UPDATE_CONSUMER_OFFSET"), "consumerGroup", "topic", PROGRESS));
        table.add(topic(on(29, "SEARCH_OFFSET_BY_TIMESTAMP"), "topic", READ));
        table.add(topic(on(30, "GET_MAX_OFFSET"), "topic", READ));
        table.add(topic(on(31, "GET_MIN_OFFSET"), "topic", READ));
        table.add(topic(on(32, "GET_EARLIEST_MSG_STORETIME"), "topic", READ));
        table.add(cluster(on(43, "GET_ALL_CONSUMER_OFFSET"), LIST));
    }

    private static void poppers(Permissions table) {
        table.add(both(on(200050, "POP_MESSAGE"), "consumerGroup", "topic", SUB));
        table.add(popped(on(200051, "ACK_MESSAGE"), "consumerGroup", "topic"));
        table.add(both(on(200052, "PEEK_MESSAGE"), "consumerGroup", "topic", SUB));
        table.add(popped(on(200053, "CHANGE_MESSAGE_INVISIBLETIME"), "consumerGroup", "topic"));
        table.add(both(on(200054, "NOTIFICATION"), "consumerGroup", "topic", SUB));
        table.add(both(on(200055, "POLLING_INFO"), "consumerGroup", "topic", READ));
        table.add(cluster(on(200056, "POP_ROLLBACK").order(), UPDATE));
        table.add(popped(on(200072, "ACK_LITE_MESSAGE"), "consumerGroup", "topic"));
        table.add(both(on(200070, "POP_LITE_MESSAGE"), "consumerGroup", "topic", SUB));
        table.add(on(200151, "BATCH_ACK_MESSAGE")
                .needsByBody(
                        "Group and Topic of each in the body: Sub",
                        (request, _) -> ofObjects(request, "acks", "c", "consumerGroup", "t")));
        table.add(on(200071, "LITE_SUBSCRIPTION_CTL")
                .needsByBody(
                        "Group and Topic of each in the body: Sub",
                        (request, _) -> ofObjects(request, "subscriptionSet", "group", "consumerGroup", "topic")));
        table.add(on(400, "QUERY_ASSIGNMENT").needsByBody("Group and Topic in the body: Sub", (request, _) -> {
            JSONObject body = ClientBodies.parse(request.copyBody());
            return Rights.of(ClientBodies.text(body, "consumerGroup"), ClientBodies.text(body, "topic"), SUB);
        }));
    }

    private static List<Wanted> ofObjects(Request request, String array, String group, String longGroup, String topic) {
        List<Wanted> wanted = new ArrayList<>();
        for (JSONObject one : ClientBodies.objects(ClientBodies.parse(request.copyBody()), array)) {
            String ofGroup = Objects.requireNonNullElseGet(
                    ClientBodies.optionalText(one, group), () -> ClientBodies.text(one, longGroup));
            String ofTopic = Objects.requireNonNullElseGet(
                    ClientBodies.optionalText(one, topic), () -> ClientBodies.text(one, "topic"));
            wanted.addAll(Rights.popped(ofGroup, ofTopic));
        }
        return wanted.stream().distinct().toList();
    }

    private static void members(Permissions table) {
        table.add(on(34, "HEART_BEAT")
                .needsByBody(
                        "for each consumer in the body its Group and Topics: Sub; producers: any user",
                        (request, _) -> heartbeat(request)));
        table.add(on(35, "UNREGISTER_CLIENT")
                .needs(
                        "Group in consumerGroup if it is there: Sub",
                        List.of("consumerGroup"),
                        (request, _) -> Rights.of(optional(request, "consumerGroup"), "", SUB)));
        table.add(group(on(38, "GET_CONSUMER_LIST_BY_GROUP"), "consumerGroup", READ));
        table.add(on(46, "CHECK_CLIENT_CONFIG")
                .needsByBody("Group and Topic in the body: Sub", (request, _) -> clientConfig(request)));
        table.add(signedIn(on(47, "GET_CLIENT_CONFIG")));
    }

    private static List<Wanted> heartbeat(Request request) {
        List<Wanted> wanted = new ArrayList<>();
        for (Subscriber subscriber : HeartbeatBody.of(request.copyBody()).consumers()) {
            wanted.add(Wanted.group(subscriber.group(), SUB));
            List<Subscription> subscriptions = subscriber.subscriptions();
            if (subscriptions != null) {
                subscriptions.forEach(one -> addTopic(wanted, subscriber.group(), one.topic()));
            }
        }
        return wanted;
    }

    private static List<Wanted> clientConfig(Request request) {
        JSONObject body = ClientBodies.parse(request.copyBody());
        JSONObject subscription = ClientBodies.object(body, "subscriptionData");
        String group = Objects.requireNonNullElse(ClientBodies.optionalText(body, "group"), "");
        String topic = subscription == null ? null : ClientBodies.optionalText(subscription, "topic");
        return Rights.of(group, Objects.requireNonNullElse(topic, ""), SUB);
    }
}
