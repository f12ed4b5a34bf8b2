package io.carillon.rocketmq;

import io.carillon.broker.client.Clients;
import io.carillon.broker.client.LiveGroup;
import io.carillon.broker.client.Member;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.log.MessageLog;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.MessageId;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Questions of administrators that only a consumer can answer (request codes 307, 309 and 223): they go to it over its
 * own connection, and its answer goes back as it is. No thread waits meanwhile.
 */
final class RelayHandler implements Handlers {
    private static final long ANSWER_MS = 10_000;
    private static final long STATUS_MS = 5_000;

    private final Clients clients;
    private final Topics topics;
    private final Groups groups;
    private final MessageLog log;
    private final String broker;
    private final Aside aside;
    private final boolean isSecure;
    /** A consumer that never answers must not let questions pile up. */
    private final Room room;

    /**
     * @param broker this broker's name as clients see it
     * @param isSecure whether requests come from users, of whom each may read some topics
     */
    RelayHandler(
            Clients clients,
            Topics topics,
            Groups groups,
            MessageLog log,
            String broker,
            Aside aside,
            Room room,
            boolean isSecure) {
        this.clients = clients;
        this.topics = topics;
        this.groups = groups;
        this.log = log;
        this.broker = broker;
        this.aside = aside;
        this.room = room;
        this.isSecure = isSecure;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.GET_CONSUMER_RUNNING_INFO, this::runningInfo)
                .on(RequestCode.CONSUME_MESSAGE_DIRECTLY, this::consumeDirectly)
                .on(RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS, this::status);
    }

    /** Who is to be asked. */
    private record Target(String group, String clientId) {
        @Override
        public String toString() {
            return "<" + group + "> <" + clientId + ">";
        }
    }

    private void runningInfo(Request request) {
        Target target = new Target(request.required("consumerGroup"), request.required("clientId"));
        Reply question = Reply.ok()
                .ext("consumerGroup", target.group())
                .ext("clientId", target.clientId())
                .ext("jstackEnable", request.booleanOr("jstackEnable", false));
        ask(RequestCode.GET_CONSUMER_RUNNING_INFO, target, question, request.replyTo());
    }

    private void consumeDirectly(Request request) {
        String clientId = request.ext("clientId");
        Target target = new Target(request.required("consumerGroup"), clientId == null ? "" : clientId);
        String id = request.required("msgId");
        long logOffset = logOffset(id);
        Reply question = Reply.ok()
                .ext("consumerGroup", target.group())
                .ext("clientId", target.clientId())
                .ext("msgId", id)
                .ext("brokerName", broker);
        addFlags(question, target.group(), request.ext("topic"));
        // The consumer that is asked may be the sender's own: it must be shown nothing that he may not read.
        NamedTopic named = NamedTopic.of(request, "topic", target.group(), isSecure);
        aside.answerLater(request, replyTo -> {
            MemorySegment record = log.record(logOffset);
            named.check(log, record);
            if (record == null) {
                replyTo.send(Reply.of(
                        ResponseCode.SYSTEM_ERROR, "can not find message by the offset, " + logOffset + " of " + id));
                return;
            }
            question.body(record.toArray(ValueLayout.JAVA_BYTE));
            ask(RequestCode.CONSUME_MESSAGE_DIRECTLY, target, question, replyTo);
        });
    }

    private static long logOffset(String id) {
        try {
            return MessageId.parse(id).logOffset();
        } catch (IllegalArgumentException e) {
            throw TopicHandler.invalid("msgId says where a message is stored, which " + JsonFields.cut(id)
                    + " does not: " + e.getMessage());
        }
    }

    private void addFlags(Reply question, String group, @Nullable String topic) {
        TopicState state = topic == null ? null : topics.find(topic);
        if (topic != null) {
            question.ext("topic", topic);
        }
        if (state != null) {
            question.ext("topicSysFlag", state.config().systemFlag());
        }
        ConsumerGroup known = groups.find(group);
        if (known != null) {
            question.ext("groupSysFlag", known.systemFlag());
        }
    }

    private void ask(int code, Target target, Reply question, ReplyTo replyTo) {
        Connection consumer = connection(target);
        if (consumer == null) {
            replyTo.send(Reply.of(ResponseCode.SYSTEM_ERROR, "The Consumer " + target + " not online"));
        } else if (!room.enter()) {
            replyTo.send(room.full());
        } else {
            consumer.call(code, question, ANSWER_MS).whenComplete((answer, fault) -> {
                room.leave();
                replyTo.send(fault == null ? relayed(answer) : failed(target, fault));
            });
        }
    }

    private static Reply relayed(Response answer) {
        Reply reply = Reply.of(answer.code(), answer.remark()).body(answer.body());
        answer.ext().forEach(reply::ext);
        return reply;
    }

    private static Reply failed(Target target, Throwable fault) {
        return fault instanceof TimeoutException
                ? Reply.of(ResponseCode.CONSUME_MSG_TIMEOUT, "consumer " + target + " Timeout: " + fault.getMessage())
                : Reply.of(ResponseCode.SYSTEM_ERROR, "invoke consumer " + target + " Exception: " + fault);
    }

    /** An empty client id means any one. */
    private @Nullable Connection connection(Target target) {
        LiveGroup live = clients.group(target.group());
        for (Member member : live == null ? List.<Member>of() : live.clients()) {
            boolean isMeant = target.clientId().isEmpty() || member.clientId().equals(target.clientId());
            if (isMeant && member.channel() instanceof RemotingChannel channel) {
                return channel.connection();
            }
        }
        return null;
    }

    /** Asks all members, or one, how far they are; one that does not answer is left out. */
    private void status(Request request) {
        String group = request.required("group");
        String topic = request.required("topic");
        String only = request.ext("clientAddr");
        Map<String, Connection> asked = members(group, only == null ? "" : only.strip());
        ReplyTo replyTo = request.replyTo();
        if (asked.isEmpty()) {
            replyTo.send(Reply.of(
                    ResponseCode.SYSTEM_ERROR, "No Any Consumer online in the consumer group: [" + group + "]"));
        } else if (!room.enter()) {
            replyTo.send(room.full());
        } else {
            Reply question = Reply.ok().ext("topic", topic).ext("group", group);
            Map<String, CompletableFuture<Response>> answers = new LinkedHashMap<>();
            asked.forEach((id, consumer) ->
                    answers.put(id, consumer.call(RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT, question, STATUS_MS)));
            CompletableFuture.allOf(answers.values().toArray(CompletableFuture[]::new))
                    .whenComplete((_, _) -> {
                        room.leave();
                        replyTo.send(status(answers));
                    });
        }
    }

    private Map<String, Connection> members(String group, String only) {
        Map<String, Connection> all = new LinkedHashMap<>();
        LiveGroup live = clients.group(group);
        for (Member member : live == null ? List.<Member>of() : live.clients()) {
            boolean isMeant = only.isEmpty() || member.clientId().equals(only);
            if (isMeant && member.channel() instanceof RemotingChannel channel) {
                all.put(member.clientId(), channel.connection());
            }
        }
        return all;
    }

    private static Reply status(Map<String, CompletableFuture<Response>> answers) {
        JsonText table = new JsonText();
        answers.forEach((id, answer) -> {
            if (!answer.isCompletedExceptionally() && answer.join().code() == ResponseCode.SUCCESS) {
                String queues = RawMember.find(answer.join().body(), "messageQueueTable");
                if (queues != null) {
                    table.addText(id, queues);
                }
            }
        });
        return Reply.ok()
                .body(new JsonText()
                        .add("consumerTable", table)
                        .add("messageQueueTable", new JsonText())
                        .bytes());
    }
}
