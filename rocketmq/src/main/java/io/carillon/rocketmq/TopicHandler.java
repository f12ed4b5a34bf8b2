package io.carillon.rocketmq;

import io.carillon.broker.admin.AdminService;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What administrators do with and ask about topics. */
final class TopicHandler implements Handlers {
    private static final int PERMISSIONS_MAX = 15;

    private final AdminService admin;
    private final Topics topics;
    private final String broker;
    private final Aside aside;
    private final Supplier<CompletableFuture<Void>> routed;

    /**
     * @param broker this broker's name as clients see it
     * @param routed completes when name servers know what changed by then; soon in any case
     */
    TopicHandler(AdminService admin, String broker, Aside aside, Supplier<CompletableFuture<Void>> routed) {
        this.admin = admin;
        this.topics = admin.topics();
        this.broker = broker;
        this.aside = aside;
        this.routed = routed;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.UPDATE_AND_CREATE_TOPIC, this::put)
                .on(RequestCode.UPDATE_AND_CREATE_TOPIC_LIST, this::putList)
                .on(RequestCode.DELETE_TOPIC_IN_BROKER, this::delete)
                .on(RequestCode.GET_ALL_TOPIC_CONFIG, this::table)
                .on(RequestCode.GET_TOPIC_CONFIG, this::config)
                .on(RequestCode.GET_TOPIC_STATS_INFO, this::stats)
                .on(RequestCode.QUERY_TOPIC_CONSUME_BY_WHO, this::groupsOn)
                .on(RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER, this::systemTopics);
    }

    private void put(Request request) {
        String name = request.required("topic");
        String filterType = request.ext("topicFilterType");
        String attributes = request.ext("attributes");
        Topic topic = checked(new Topic(
                name,
                queues(request.requiredInt("readQueueNums")),
                queues(request.requiredInt("writeQueueNums")),
                request.requiredInt("perm"),
                filterType == null ? "SINGLE_TAG" : filterType,
                request.intOr("topicSysFlag", 0),
                request.booleanOr("order", false),
                changed(name, Attributes.parse(attributes == null ? "" : attributes))));
        put(request, List.of(topic));
    }

    private void putList(Request request) {
        JsonFields json = JsonFields.parse(request.copyBody(), "topic list");
        List<Topic> all = new ArrayList<>();
        for (JsonFields one : json.objects("topicConfigList")) {
            queues(one.number("readQueueNums", 0));
            queues(one.number("writeQueueNums", 0));
            String name = one.required("topicName");
            all.add(checked(TopicBodies.read(one, changes -> changed(name, changes))));
        }
        put(request, all);
    }

    /** What would change nothing is not written: tools repeat themselves. */
    private void put(Request request, List<Topic> wanted) {
        List<Topic> changed = wanted.stream().filter(this::differs).toList();
        if (changed.isEmpty()) {
            request.reply(Reply.ok());
        } else {
            ReplyTo replyTo = request.replyTo();
            topics.put(changed, refusal -> {
                if (refusal == null) { // who made it sends to it next
                    routed.get().whenComplete((_, _) -> replyTo.send(Reply.ok()));
                } else {
                    replyTo.send(Aside.refusal(refusal));
                }
            });
        }
    }

    private boolean differs(Topic topic) {
        TopicState before = topics.find(topic.name());
        return before == null || !before.config().equals(topic);
    }

    private Map<String, String> changed(String name, Map<String, String> changes) {
        TopicState before = topics.find(name);
        return Attributes.change(before == null ? Map.of() : before.config().attributes(), changes);
    }

    private static int queues(int count) {
        if (count < 0 || count > Topics.QUEUES_MAX) {
            throw invalid("a topic has from 0 to " + Topics.QUEUES_MAX + " queues, not " + count);
        }
        return count;
    }

    private Topic checked(Topic topic) {
        checkName(topic.name());
        if (topic.permissions() < 0 || topic.permissions() > PERMISSIONS_MAX) {
            throw invalid("perm " + topic.permissions() + " is not allowed: 2 is write, 4 is read, 6 is both");
        }
        if (!topic.filterType().equals("SINGLE_TAG") && !topic.filterType().equals("MULTI_TAG")) {
            throw invalid("topicFilterType must be SINGLE_TAG or MULTI_TAG, not " + topic.filterType());
        }
        Attributes.checkTopic(topic.attributes());
        return topic;
    }

    private void checkName(String name) {
        String fault = TopicName.faultOf(name);
        if (!fault.isEmpty()) {
            throw invalid(fault);
        }
        if (admin.systemNames().isSystemTopic(name)) {
            throw invalid("The topic[" + name + "] is conflict with system topic.");
        }
    }

    private void delete(Request request) {
        String name = request.required("topic");
        checkName(name);
        if (topics.find(name) == null) {
            request.reply(Reply.ok());
        } else {
            topics.delete(name, Aside.whenDone(request.replyTo()));
        }
    }

    private void table(Request request) {
        int from = request.intOr("topicSeq", 0);
        int max = request.intOr("maxTopicNum", Integer.MAX_VALUE);
        aside.answer(request, () -> {
            List<Topic> all = topics.all().stream()
                    .map(TopicState::config)
                    .sorted(Comparator.comparing(Topic::name))
                    .toList();
            List<Topic> page =
                    all.stream().skip(Math.max(0, from)).limit(Math.max(0, max)).toList();
            return Reply.ok()
                    .ext("totalTopicNum", all.size())
                    .body(TopicBodies.table(topics.version(), page).bytes());
        });
    }

    private void config(Request request) {
        TopicState topic = topics.find(request.required("topic"));
        request.reply(
                topic == null
                        ? missing(request)
                        : Reply.ok().body(TopicBodies.topic(topic.config()).bytes()));
    }

    private void stats(Request request) {
        TopicState topic = topics.find(request.required("topic"));
        if (topic == null) {
            request.reply(missing(request));
            return;
        }
        aside.answer(
                request,
                () -> Reply.ok()
                        .body(TopicBodies.stats(
                                        broker,
                                        topic.config().name(),
                                        admin.queues(topic),
                                        admin.storedPerSecond(topic))
                                .bytes()));
    }

    private static Reply missing(Request request) {
        return Reply.of(ResponseCode.TOPIC_NOT_EXIST, "No topic in this broker. topic: " + request.ext("topic"));
    }

    private void groupsOn(Request request) {
        String topic = request.required("topic");
        aside.answer(
                request,
                () -> Reply.ok()
                        .body(new JsonText()
                                .add("groupList", admin.groupsOn(topic))
                                .bytes()));
    }

    private void systemTopics(Request request) {
        List<String> names =
                admin.systemNames().topics().stream().map(Topic::name).sorted().toList();
        request.reply(Reply.ok().body(TopicBodies.list(names).bytes()));
    }

    static BadRequest invalid(@Nullable String fault) {
        return new BadRequest(ResponseCode.INVALID_PARAMETER, String.valueOf(fault));
    }
}
