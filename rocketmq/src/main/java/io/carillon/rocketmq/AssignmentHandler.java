package io.carillon.rocketmq;

import com.alibaba.fastjson2.JSONObject;
import io.carillon.broker.client.Clients;
import io.carillon.broker.client.MessageModel;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.RequestMode;
import io.carillon.broker.metadata.RequestModes;
import io.carillon.broker.metadata.Topics;
import io.carillon.message.TopicName;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
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
    private final Groups groups;
    private final Clients clients;
    private final QueueRoutes routes;

    AssignmentHandler(RequestModes modes, Topics topics, Groups groups, Clients clients, QueueRoutes routes) {
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
        RequestMode mode = modes.of(topic, group);
        Collection<Place> places = places(body, topic, group, mode);
        JsonText answer = new JsonText();
        if (places != null) {
            List<JsonText> assigned = new ArrayList<>();
            places.forEach(place -> assigned.add(assigned(topic, place, mode)));
            answer.addText("messageQueueAssignments", JsonText.array(assigned));
        }
        request.reply(Reply.ok().body(answer.bytes()));
    }

    private @Nullable Collection<Place> places(JSONObject body, String topic, String group, RequestMode mode) {
        List<Place> queues = routes.of(topic);
        MessageModel model = ClientBodies.oneOf(MessageModel.class, body, "messageModel", MessageModel.CLUSTERING);
        if (queues.isEmpty()) {
            return null;
        }
        if (model == MessageModel.BROADCASTING) {
            return queues;
        }
        List<String> members = clients.consumerIds(group);
        String way = Objects.requireNonNullElse(body.getString("strategyName"), "");
        Assignment assignment = members.isEmpty() ? null : Assignment.by(way, queues, members);
        return assignment == null ? null : assignment.of(ClientBodies.text(body, "clientId"), mode);
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
        modes.put(topic, group, wanted, Aside.whenDone(request.replyTo()));
    }

    private @Nullable Reply refusal(String topic, String group, String mode) {
        if (TopicName.isRetry(topic)) {
            return Reply.of(ResponseCode.NO_PERMISSION, "retry topic is not allowed to set mode");
        }
        if (topics.find(topic) == null) {
            return Reply.of(ResponseCode.TOPIC_NOT_EXIST, "topic[" + topic + "] not exist");
        }
        if (groups.find(group) == null) {
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
