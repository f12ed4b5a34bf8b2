package io.carillon.rocketmq;

import io.carillon.broker.admin.AdminService;
import io.carillon.broker.admin.OffsetService;
import io.carillon.broker.admin.ResetPlan;
import io.carillon.broker.admin.ResetPlan.Found;
import io.carillon.broker.admin.ResetPlan.Refused;
import io.carillon.broker.admin.ResetPlan.Wish;
import io.carillon.broker.client.Clients;
import io.carillon.broker.client.LiveGroup;
import io.carillon.broker.client.Member;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What administrators do with the offsets of groups: reset, copy, compare (request codes 222, 314 and 308).
 *
 * <p>A reset is kept by this broker and told to the consumers by the answers to their next pulls, so it works while they
 * are offline. Members of a broadcasting group keep their offsets by themselves: they are told by request 220, and one
 * that is offline is not reached.
 */
final class ResetHandler implements Handlers {
    private static final String CPP = "CPP";

    private final AdminService admin;
    private final OffsetService offsets;
    private final Clients clients;
    private final String broker;
    private final Aside aside;

    /** @param broker this broker's name as clients see it */
    ResetHandler(AdminService admin, Clients clients, String broker, Aside aside) {
        this.admin = admin;
        this.offsets = admin.offsetService();
        this.clients = clients;
        this.broker = broker;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.INVOKE_BROKER_TO_RESET_OFFSET, this::reset)
                .on(RequestCode.CLONE_GROUP_OFFSET, this::copy)
                .on(RequestCode.QUERY_CORRECTION_OFFSET, this::compare);
    }

    private void reset(Request request) {
        Wish wish = new Wish(
                request.required("group"),
                request.required("topic"),
                request.intOr("queueId", -1),
                request.longOr("offset", -1),
                request.requiredLong("timestamp"),
                request.booleanOr("isForce", true));
        aside.answerLater(request, replyTo -> reset(wish, replyTo));
    }

    private void reset(Wish wish, ReplyTo replyTo) {
        switch (offsets.plan(wish)) {
            case Refused refused -> replyTo.send(Reply.of(codeOf(refused.reason()), refused.text()));
            case Found found -> reset(wish, found, replyTo);
        }
    }

    private void reset(Wish wish, Found found, ReplyTo replyTo) {
        Reply done = Reply.ok()
                .body(new JsonText()
                        .add("offsetTable", table(wish.topic(), found.offsets()))
                        .bytes());
        LiveGroup live = clients.group(wish.group());
        if (live != null && live.isBroadcast()) {
            live.clients().forEach(member -> tell(member, wish, found.offsets()));
            replyTo.send(done);
        } else {
            offsets.reset(
                    wish.group(),
                    wish.topic(),
                    found,
                    refusal -> replyTo.send(refusal == null ? done : Aside.refusal(refusal)));
        }
    }

    private void tell(Member member, Wish wish, Map<Integer, Long> found) {
        if (member.channel() instanceof RemotingChannel channel) {
            boolean isList = CPP.equals(member.identity().language());
            Reply request = Reply.ok()
                    .ext("topic", wish.topic())
                    .ext("group", wish.group())
                    .ext("timestamp", wish.timestampMs())
                    .ext("isForce", wish.isForced())
                    .body(isList ? list(wish.topic(), found) : map(wish.topic(), found));
            channel.connection().notify(RequestCode.RESET_CONSUMER_CLIENT_OFFSET, request);
        }
    }

    private byte[] map(String topic, Map<Integer, Long> found) {
        return new JsonText().add("offsetTable", table(topic, found)).bytes();
    }

    /** C++ clients cannot read a map whose keys are objects. */
    private byte[] list(String topic, Map<Integer, Long> found) {
        List<JsonText> all = new TreeMap<>(found)
                .entrySet().stream()
                        .map(one ->
                                TopicBodies.queue(broker, topic, one.getKey()).add("offset", one.getValue()))
                        .toList();
        return new JsonText().addText("offsetTable", JsonText.array(all)).bytes();
    }

    private JsonText table(String topic, Map<Integer, Long> found) {
        JsonText table = new JsonText();
        new TreeMap<>(found)
                .forEach((queue, offset) -> table.addUnder(TopicBodies.queue(broker, topic, queue), offset));
        return table;
    }

    private static int codeOf(ResetPlan.Reason reason) {
        return switch (reason) {
            case NO_TOPIC -> ResponseCode.TOPIC_NOT_EXIST;
            case NO_GROUP -> ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST;
            case BAD_QUEUE -> ResponseCode.INVALID_PARAMETER;
            case OUT_OF_RANGE -> ResponseCode.SYSTEM_ERROR;
        };
    }

    private void copy(Request request) {
        String from = request.required("srcGroup");
        String to = GroupHandler.checked(request.required("destGroup"));
        String topic = request.ext("topic");
        String only = topic == null || topic.isBlank() ? null : topic;
        boolean isOffline = request.booleanOr("offline", false);
        if (only != null && admin.topics().find(only) == null) {
            request.reply(Reply.of(ResponseCode.TOPIC_NOT_EXIST, "Topic " + only + " does not exist"));
            return;
        }
        aside.answerLater(request, replyTo -> offsets.copy(from, to, only, isOffline, Aside.whenDone(replyTo)));
    }

    private void compare(Request request) {
        String topic = request.required("topic");
        String compareWith = request.required("compareGroup");
        String without = request.ext("filterGroups");
        List<String> left = without == null ? List.of() : List.of(without.split(",", -1));
        aside.answer(request, () -> {
            JsonText table = new JsonText();
            offsets.smallest(topic, left, compareWith).forEach((queue, offset) -> table.add(queue.toString(), offset));
            return Reply.ok()
                    .body(new JsonText().add("correctionOffsets", table).bytes());
        });
    }
}
