package io.carillon.rocketmq;

import io.carillon.broker.admin.AdminService;
import io.carillon.broker.metadata.Offsets;
import io.carillon.broker.metadata.TopicState;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Offsets of groups and of queues. */
final class OffsetHandler implements Handlers {
    private final AdminService admin;
    private final Offsets offsets;
    private final MessageLog log;
    private final Aside aside;

    OffsetHandler(AdminService admin, Aside aside) {
        this.admin = admin;
        this.offsets = admin.offsets();
        this.log = admin.log();
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.QUERY_CONSUMER_OFFSET, this::query)
                .on(RequestCode.UPDATE_CONSUMER_OFFSET, this::update)
                .on(RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, this::search)
                .on(RequestCode.GET_MAX_OFFSET, this::max)
                .on(RequestCode.GET_MIN_OFFSET, this::min)
                .on(RequestCode.GET_EARLIEST_MSG_STORETIME, this::earliest)
                .on(RequestCode.GET_ALL_CONSUMER_OFFSET, this::all);
    }

    private void query(Request request) {
        String group = request.required("consumerGroup");
        String topic = request.required("topic");
        int queue = request.requiredInt("queueId");
        boolean zeroIfNone = request.booleanOr("setZeroIfNotFound", true);
        ReplyTo replyTo = request.replyTo();
        offsets.query(group, topic, queue, offset -> replyTo.send(queried(offset, topic, queue, zeroIfNone)));
    }

    /**
     * A new group on a queue that still has its first message begins there. Told "not found" it would go to the queue's
     * end, and skip what is stored between that answer and its next question.
     */
    private Reply queried(long offset, String topic, int queue, boolean zeroIfNone) {
        if (offset >= 0) {
            return Reply.ok().ext("offset", offset);
        }
        if (offset == Offsets.UNKNOWN) {
            return Reply.of(ResponseCode.SYSTEM_ERROR, "the log takes nothing, so the offset cannot be made durable");
        }
        if (zeroIfNone && offsetMin(log.existingQueue(topic, queue)) == 0) {
            return Reply.ok().ext("offset", 0);
        }
        return Reply.of(
                ResponseCode.QUERY_NOT_FOUND, "Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first");
    }

    private void update(Request request) {
        String group = request.required("consumerGroup");
        String topic = request.required("topic");
        int queue = request.requiredInt("queueId");
        long offset = request.requiredLong("commitOffset");
        Reply refused = refusal(group, topic, queue);
        if (refused != null) {
            request.reply(refused);
        } else if (offset < 0) { // "none": a client says so of a queue of which it has consumed nothing yet
            request.reply(Reply.ok());
        } else if (offsets.ignores(group, topic, queue, offset)) {
            request.reply(Reply.of(ResponseCode.SUCCESS, "Offset has been previously reset"));
        } else if (request.isOneWay()) {
            offsets.commit(group, topic, queue, offset);
        } else {
            offsets.commit(group, topic, queue, offset, Aside.whenDone(request.replyTo()));
        }
    }

    private @Nullable Reply refusal(String group, String topic, int queue) {
        if (admin.groups().find(group) == null) {
            return Reply.of(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "Group " + group + " not exist!");
        }
        TopicState state = admin.topics().find(topic);
        if (state == null) {
            return Reply.of(ResponseCode.TOPIC_NOT_EXIST, "Topic " + topic + " not exist!");
        }
        if (queue < 0 || queue >= state.config().queues()) {
            return Reply.of(
                    ResponseCode.INVALID_PARAMETER,
                    "queueId[" + queue + "] is illegal, topic[" + topic + "] has "
                            + state.config().queues() + " queues");
        }
        return null;
    }

    private void search(Request request) {
        String topic = request.required("topic");
        int number = request.requiredInt("queueId");
        long timestampMs = request.requiredLong("timestamp");
        String boundary = request.ext("boundaryType");
        boolean isUpper = boundary != null && boundary.equalsIgnoreCase("UPPER");
        aside.answer(request, () -> {
            ConsumeQueue queue = log.existingQueue(topic, number);
            return Reply.ok().ext("offset", queue == null ? 0 : searched(queue, timestampMs, isUpper));
        });
    }

    private long searched(ConsumeQueue queue, long timestampMs, boolean isUpper) {
        return isUpper ? log.offsetAtOrBefore(queue, timestampMs) : log.offsetAtOrAfter(queue, timestampMs);
    }

    private void max(Request request) {
        ConsumeQueue queue = log.existingQueue(request.required("topic"), request.requiredInt("queueId"));
        request.reply(Reply.ok().ext("offset", queue == null ? 0 : queue.offsetMax()));
    }

    private void min(Request request) {
        String topic = request.required("topic");
        ConsumeQueue queue = log.existingQueue(topic, request.requiredInt("queueId"));
        boolean isEmptyOfBatches = (queue == null || queue.offsetMax() == 0) && isOfBatches(topic);
        request.reply(Reply.ok().ext("offset", isEmptyOfBatches ? -1 : offsetMin(queue)));
    }

    /** Tools know such a topic by what its empty queues say. */
    private boolean isOfBatches(String topic) {
        TopicState state = admin.topics().find(topic);
        return state != null && state.config().isOfBatches();
    }

    private static long offsetMin(@Nullable ConsumeQueue queue) {
        return queue == null ? 0 : queue.offsetMin();
    }

    private void earliest(Request request) {
        String topic = request.required("topic");
        int number = request.requiredInt("queueId");
        aside.answer(request, () -> {
            ConsumeQueue queue = log.existingQueue(topic, number);
            long storedMs = queue == null || queue.offsetMin() == queue.offsetMax()
                    ? -1
                    : log.storeTimestamp(queue, queue.offsetMin());
            return Reply.ok().ext("timestamp", storedMs);
        });
    }

    private void all(Request request) {
        aside.answer(request, () -> Reply.ok().body(allBody(offsets).bytes()));
    }

    private static JsonText allBody(Offsets offsets) {
        JsonText table = new JsonText();
        for (String group : offsets.groups()) {
            offsets.of(group).forEach((topic, queues) -> table.add(topic + "@" + group, numbered(queues)));
        }
        return new JsonText()
                .add("dataVersion", TopicBodies.version(offsets.version()))
                .add("offsetTable", table);
    }

    /** With the queue numbers as texts, which every parser takes. */
    private static Map<String, Long> numbered(Map<Integer, Long> queues) {
        Map<String, Long> all = new TreeMap<>();
        queues.forEach((queue, offset) -> all.put(queue.toString(), offset));
        return all;
    }
}
