package io.carillon.rocketmq;

import io.carillon.broker.admin.AdminService;
import io.carillon.broker.admin.SystemNames;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.Topics;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.TopicName;
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
import java.util.function.Supplier;

/** What administrators do with and ask about the settings of consumer groups. */
final class GroupHandler implements Handlers {
    private final AdminService admin;
    private final Groups groups;
    private final boolean autoCreate;
    private final Supplier<String> address;
    private final Aside aside;

    /**
     * @param autoCreate whether a group is made when it is first used
     * @param address where clients reach this broker, {@code ip:port}
     */
    GroupHandler(AdminService admin, boolean autoCreate, Supplier<String> address, Aside aside) {
        this.admin = admin;
        this.groups = admin.groups();
        this.autoCreate = autoCreate;
        this.address = address;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, this::put)
                .on(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, this::putList)
                .on(RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG, this::table)
                .on(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, this::config)
                .on(RequestCode.DELETE_SUBSCRIPTIONGROUP, this::delete)
                .on(RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN, this::forbidden)
                .on(RequestCode.QUERY_TOPICS_BY_CONSUMER, this::topics);
    }

    private void put(Request request) {
        ConsumerGroup group = read(JsonFields.parse(request.copyBody(), "subscription group"));
        put(request, List.of(group));
    }

    private void putList(Request request) {
        List<ConsumerGroup> all = new ArrayList<>();
        for (JsonFields one :
                JsonFields.parse(request.copyBody(), "subscription group list").objects("groupConfigList")) {
            all.add(read(one));
        }
        put(request, all);
    }

    private void put(Request request, List<ConsumerGroup> wanted) {
        List<ConsumerGroup> changed = wanted.stream()
                .filter(group -> !group.equals(groups.find(group.name())))
                .toList();
        if (changed.isEmpty()) {
            request.reply(Reply.ok());
        } else {
            groups.put(changed, Aside.whenDone(request.replyTo()));
        }
    }

    private ConsumerGroup read(JsonFields json) {
        String name = checked(json.required("groupName"));
        ConsumerGroup before = groups.find(name);
        Map<String, String> attributes =
                Attributes.change(before == null ? Map.of() : before.attributes(), json.texts("attributes"));
        ConsumerGroup group = GroupBodies.read(json, attributes);
        if (group.retryQueues() < 0 || group.retryQueues() > Topics.QUEUES_MAX) {
            throw TopicHandler.invalid(
                    "retryQueueNums is from 0 to " + Topics.QUEUES_MAX + ", not " + group.retryQueues());
        }
        RetryPolicyTexts.read(group.retryPolicy());
        return group;
    }

    static String checked(String name) {
        String fault = TopicName.faultOfGroup(name);
        if (!fault.isEmpty()) {
            throw TopicHandler.invalid(fault);
        }
        return name;
    }

    private void table(Request request) {
        int from = request.intOr("groupSeq", 0);
        int max = request.intOr("maxGroupNum", Integer.MAX_VALUE);
        aside.answer(request, () -> {
            List<ConsumerGroup> all = groups.all().stream()
                    .sorted(Comparator.comparing(ConsumerGroup::name))
                    .toList();
            List<ConsumerGroup> page =
                    all.stream().skip(Math.max(0, from)).limit(Math.max(0, max)).toList();
            return Reply.ok()
                    .ext("totalGroupNum", all.size())
                    .body(GroupBodies.table(groups.version(), page, admin.forbidden())
                            .bytes());
        });
    }

    /**
     * Of a group that its first use would make, what it would be: proxies ask before a consumer that is new may start.
     * Asking itself makes nothing, unlike Apache's broker.
     */
    private void config(Request request) {
        request.reply(config(request.required("group")));
    }

    private Reply config(String name) {
        ConsumerGroup group = groups.find(name);
        if (group == null && !Groups.mayBeMade(name, autoCreate)) {
            return Reply.of(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "No group in this broker. group: " + name);
        }
        return Reply.ok()
                .body(GroupBodies.group(group == null ? ConsumerGroup.of(name) : group)
                        .bytes());
    }

    private void delete(Request request) {
        String name = checked(request.required("groupName"));
        boolean withOffsets = request.booleanOr("cleanOffset", false);
        if (SystemNames.isSystemGroup(name)) {
            throw TopicHandler.invalid("The group[" + name + "] is a system group.");
        }
        boolean isKnown = groups.find(name) != null || admin.offsets().groups().contains(name);
        if (isKnown) {
            groups.delete(name, withOffsets, Aside.whenDone(request.replyTo()));
        } else {
            request.reply(Reply.ok());
        }
    }

    /** Tells whether a group may read a topic; changes that before when it is asked to. */
    private void forbidden(Request request) {
        String group = request.required("group");
        String topic = request.required("topic");
        if (request.ext("readable") == null) {
            request.reply(mayRead(group, topic));
            return;
        }
        boolean isForbidden = !request.booleanOr("readable", true);
        if (groups.find(group) == null) {
            request.reply(Reply.of(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "Group " + group + " does not exist"));
        } else if (admin.topics().find(topic) == null) {
            request.reply(Reply.of(ResponseCode.TOPIC_NOT_EXIST, "Topic " + topic + " does not exist"));
        } else {
            ReplyTo replyTo = request.replyTo();
            admin.forbidden()
                    .set(
                            group,
                            topic,
                            isForbidden,
                            refusal -> replyTo.send(refusal == null ? mayRead(group, topic) : Aside.refusal(refusal)));
        }
    }

    private Reply mayRead(String group, String topic) {
        return Reply.ok()
                .body(new JsonText()
                        .add("group", group)
                        .add("readable", !admin.forbidden().contains(group, topic))
                        .add("topic", topic)
                        .bytes());
    }

    private void topics(Request request) {
        String group = request.required("group");
        aside.answer(
                request,
                () -> Reply.ok()
                        .body(TopicBodies.list(admin.offsets().of(group).keySet())
                                .add("brokerAddr", address.get())
                                .bytes()));
    }
}
