package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSONObject;
import io.carillon.broker.client.Clients;
import io.carillon.broker.client.MessageModel;
import io.carillon.broker.metadata.RequestMode;
import io.carillon.broker.metadata.RequestModes;
import io.carillon.broker.metadata.Topics;
import io.carillon.message.TopicName;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.QueueRoutes.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which consumer gets which queues, and whether it pulls or pops: request codes 400, 401 and 402. */
final class AssignmentHandler implements Handlers {
    private final RequestModes modes;
    private final Topics topics;
    private final HeartbeatGroups groups;
    private final Clients clients;
    private final QueueRoutes routes;

    AssignmentHandler(RequestModes modes, Topics topics, HeartbeatGroups groups, Clients clients, QueueRoutes routes) {
        this.modes = modes;
        this.topics = topics;
        this.groups = groups;
        this.clients = clients;
        this.routes = routes;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.QUERY_ASSIGNMENT, this::query)
                .on(RequestCode.SET_MESSAGE_REQUEST_MODE, this::set)
                .on(RequestCode.GET_ALL_MESSAGE_REQUEST_MODE, this::all);
    }

    /** An answer without a set tells the client to keep what it has; an empty set tells it to drop that. */
    private void query(Request request) {
        JSONObject body = ClientBodies.parse(request.copyBody());
        String topic = ClientBodies.text(body, "topic");
        String group = ClientBodies.text(body, "consumerGroup");
        MessageModel model = ClientBodies.oneOf(MessageModel.class, body, "messageModel", MessageModel.CLUSTERING);
        Asker asker = new Asker(
                topic,
                group,
                ClientBodies.text(body, "clientId"),
                Objects.requireNonNullElse(ClientBodies.optionalText(body, "strategyName"), ""),
                model == MessageModel.BROADCASTING);
        ReplyTo to = request.replyTo();
        routes.find(topic, queues -> to.send(answer(asker, queues)));
    }

    private record Asker(String topic, String group, String clientId, String way, boolean isBroadcast) {}

    private Reply answer(Asker asker, @Nullable List<Place> queues) {
        RequestMode mode = modes.of(asker.topic(), asker.group());
        Collection<Place> places = queues == null || queues.isEmpty() ? null : places(asker, queues, mode);
        JsonText answer = new JsonText();
        if (places != null) {
            List<JsonText> assigned = new ArrayList<>();
            places.forEach(place -> assigned.add(assigned(asker.topic(), place, mode)));
            answer.addText("messageQueueAssignments", JsonText.array(assigned));
        }
        return Reply.ok().body(answer.bytes());
    }

    private @Nullable Collection<Place> places(Asker asker, List<Place> queues, RequestMode mode) {
        if (asker.isBroadcast()) {
            return queues;
        }
        List<String> members = clients.consumerIds(asker.group());
        if (clients.mayReturn() && !members.contains(asker.clientId())) {
            return null;
        }
        Assignment assignment = members.isEmpty() ? null : Assignment.by(asker.way(), queues, members);
        return assignment == null ? null : assignment.of(asker.clientId(), mode);
    }

    private static JsonText assigned(String topic, Place place, RequestMode mode) {
        JsonText queue = new JsonText()
                .add("brokerName", place.broker())
                .add("queueId", place.queue())
                .add("topic", topic);
        return new JsonText().add("messageQueue", queue).add("mode", name(mode));
    }

    private static String name(RequestMode mode) {
        return mode.isPop() ? "POP" : "PULL";
    }

    private void set(Request request) {
        JsonFields body = JsonFields.parse(request.copyBody(), "request mode");
        String topic = body.required("topic");
        String group = body.required("consumerGroup");
        String mode = body.text("mode", "PULL");
        Reply refusal = refusal(topic, group, mode);
        if (refusal != null) {
            request.reply(refusal);
            return;
        }
        RequestMode wanted = new RequestMode(mode.equals("POP"), body.number("popShareQueueNum", 0));
        ReplyTo to = request.replyTo();
        groups.makeIfAbsent(group, refused -> {
            if (refused == null) {
                modes.put(topic, group, wanted, Aside.whenDone(to));
            } else {
                to.send(Aside.refusal(refused));
            }
        });
    }

    private @Nullable Reply refusal(String topic, String group, String mode) {
        if (TopicName.isRetry(topic)) {
            return Reply.of(ResponseCode.NO_PERMISSION, "retry topic is not allowed to set mode");
        }
        if (topics.find(topic) == null) {
            return Reply.of(ResponseCode.TOPIC_NOT_EXIST, "topic[" + topic + "] not exist");
        }
        if (!groups.mayUse(group)) {
            return Reply.of(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "subscription group does not exist");
        }
        boolean isKnown = mode.equals("POP") || mode.equals("PULL");
        return isKnown
                ? null
                : Reply.of(ResponseCode.INVALID_PARAMETER, "the mode is POP or PULL, not " + JsonFields.cut(mode));
    }

    private void all(Request request) {
        JsonText byTopic = new JsonText();
        modes.all().forEach((topic, ofTopic) -> {
            JsonText byGroup = new JsonText();
            ofTopic.forEach((group, mode) -> byGroup.add(
                    group,
                    new JsonText()
                            .add("consumerGroup", group)
                            .add("mode", name(mode))
                            .add("popShareQueueNum", mode.shareQueues())
                            .add("topic", topic)));
            byTopic.add(topic, byGroup);
        });
        request.reply(Reply.ok()
                .body(new JsonText().add("messageRequestModeMap", byTopic).bytes()));
    }
}
