package io.carillon.rocketmq;

import io.carillon.broker.admin.AdminService;
import io.carillon.broker.admin.AdminService.Progress;
import io.carillon.broker.admin.LiveClients;
import io.carillon.broker.admin.LiveClients.Client;
import io.carillon.broker.metadata.TopicState;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.Subscription;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** What administrators ask about who is connected and how far the groups are. */
final class ConsumptionHandler implements Handlers {
    private final AdminService admin;
    private final LiveClients clients;
    private final String broker;
    private final Supplier<String> address;
    private final Aside aside;

    /**
     * @param broker this broker's name as clients see it
     * @param address where clients reach this broker, {@code ip:port}
     */
    ConsumptionHandler(AdminService admin, String broker, Supplier<String> address, Aside aside) {
        this.admin = admin;
        this.clients = admin.clients();
        this.broker = broker;
        this.address = address;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.GET_CONSUME_STATS, this::stats)
                .on(RequestCode.GET_BROKER_CONSUME_STATS, this::allStats)
                .on(RequestCode.QUERY_CONSUME_TIME_SPAN, this::timeSpans)
                .on(RequestCode.GET_CONSUMER_CONNECTION_LIST, this::consumers)
                .on(RequestCode.GET_PRODUCER_CONNECTION_LIST, this::producers)
                .on(RequestCode.GET_ALL_PRODUCER_INFO, this::allProducers)
                .on(RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER, this::subscription);
    }

    private void stats(Request request) {
        String group = request.required("consumerGroup");
        String topic = request.ext("topic");
        String list = request.ext("topicList");
        answerWhenDurable(request, group, () -> {
            Collection<String> topics;
            if (list != null && !list.isBlank()) {
                topics = List.of(list.split(";", -1));
            } else {
                topics = topic == null || topic.isBlank() ? admin.topicsOf(group) : ofOne(group, topic);
            }
            return Reply.ok().body(statsOf(group, admin.progress(group, topics)).bytes());
        });
    }

    /**
     * Answers with offsets that are durable, and are those that the group committed before the question: when a consumer
     * has stopped, what it committed last is seen at once. If the log refuses, older ones are still true.
     */
    private void answerWhenDurable(Request request, String group, Supplier<Reply> work) {
        aside.answerLater(
                request,
                to -> admin.offsets().whenDurable(group, _ -> aside.goOn(to, replyTo -> replyTo.send(work.get()))));
    }

    /** A topic that an online group does not subscribe to any more is left out, as tools expect. */
    private Set<String> ofOne(String group, String topic) {
        LiveClients.Consumers live = clients.consumers(group);
        boolean isLeft = live != null && !live.subscriptions().isEmpty() && live.subscription(topic) == null;
        return isLeft ? Set.of() : Set.of(topic);
    }

    private JsonText statsOf(String group, List<Progress> progress) {
        return GroupBodies.consumeStats(broker, progress, admin.consumedPerSecond(group));
    }

    private void allStats(Request request) {
        boolean isOrderedOnly = request.booleanOr("isOrder", false);
        aside.answer(request, () -> {
            List<JsonText> all = new ArrayList<>();
            long behind = 0;
            long inFlight = 0;
            for (ConsumerGroup group : admin.groups().all()) {
                List<JsonText> ofGroup = new ArrayList<>();
                for (String topic : admin.topicsOf(group.name())) {
                    if (isWanted(topic, isOrderedOnly)) {
                        List<Progress> progress = admin.progress(group.name(), Set.of(topic));
                        ofGroup.add(statsOf(group.name(), progress));
                        behind += progress.stream().mapToLong(Progress::behind).sum();
                        inFlight +=
                                progress.stream().mapToLong(Progress::inFlight).sum();
                    }
                }
                all.add(new JsonText().addText(group.name(), JsonText.array(ofGroup)));
            }
            return Reply.ok()
                    .body(new JsonText()
                            .add("brokerAddr", address.get())
                            .addText("consumeStatsList", JsonText.array(all))
                            .add("totalDiff", behind)
                            .add("totalInflightDiff", inFlight)
                            .bytes());
        });
    }

    private boolean isWanted(String topic, boolean isOrderedOnly) {
        TopicState state = admin.topics().find(topic);
        return state != null && (!isOrderedOnly || state.config().ordered());
    }

    private void timeSpans(Request request) {
        String group = request.required("group");
        String name = request.required("topic");
        TopicState topic = admin.topics().find(name);
        if (topic == null) {
            request.reply(Reply.of(ResponseCode.TOPIC_NOT_EXIST, "topic[" + name + "] not exist"));
            return;
        }
        answerWhenDurable(
                request,
                group,
                () -> Reply.ok()
                        .body(GroupBodies.timeSpans(broker, name, admin.timeSpans(group, topic))
                                .bytes()));
    }

    private void consumers(Request request) {
        String group = request.required("consumerGroup");
        LiveClients.Consumers live = clients.consumers(group);
        request.reply(
                live == null
                        ? Reply.of(ResponseCode.CONSUMER_NOT_ONLINE, "the consumer group[" + group + "] not online")
                        : Reply.ok().body(GroupBodies.consumers(live).bytes()));
    }

    private void producers(Request request) {
        String group = request.required("producerGroup");
        Collection<Client> live = clients.producers().get(group);
        request.reply(
                live == null
                        ? Reply.of(ResponseCode.SYSTEM_ERROR, "the producer group[" + group + "] not exist")
                        : Reply.ok().body(GroupBodies.producers(live).bytes()));
    }

    private void allProducers(Request request) {
        request.reply(
                Reply.ok().body(GroupBodies.allProducers(clients.producers()).bytes()));
    }

    private void subscription(Request request) {
        String group = request.required("group");
        String topic = request.ext("topic");
        LiveClients.Consumers live = clients.consumers(group);
        Subscription subscription = live == null || topic == null ? null : live.subscription(topic);
        JsonText body = new JsonText().add("group", group).add("topic", topic);
        if (subscription != null) {
            body.add("subscriptionData", GroupBodies.subscription(subscription));
        }
        request.reply(Reply.ok().body(body.bytes()));
    }
}
