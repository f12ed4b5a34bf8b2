package io.carillon.rocketmq;

import io.carillon.message.Topic;
import io.carillon.nameserver.BrokerGroup;
import io.carillon.nameserver.NameServer;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * FACE: the request codes of a name server. Routes, cluster and topic lists are answered here, the rest by handlers that
 * it registers along.
 */
public final class RouteHandler implements Handlers {
    private static final int UNIT_FLAG = 1;
    private static final int UNIT_SUBSCRIBED_FLAG = 2;

    private final NameServer names;
    private final Executor workers;

    /** @param workers for what takes longer than an I/O thread may: bodies with thousands of topics */
    public RouteHandler(NameServer names, Executor workers) {
        this.names = names;
        this.workers = workers;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        on(dispatcher, RequestCode.GET_ROUTEINFO_BY_TOPIC, request -> route(request.required("topic")));
        on(dispatcher, RequestCode.GET_BROKER_CLUSTER_INFO, _ -> clusterInfo());
        on(
                dispatcher,
                RequestCode.GET_BROKER_MEMBER_GROUP,
                request -> memberGroup(request.required("clusterName"), request.required("brokerName")));
        on(dispatcher, RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER, _ -> topicList(names.topics()));
        on(
                dispatcher,
                RequestCode.GET_TOPICS_BY_CLUSTER,
                request -> topicList(names.topicsOfCluster(request.required("cluster"))));
        on(dispatcher, RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_NS, _ -> systemTopicList());
        on(dispatcher, RequestCode.GET_UNIT_TOPIC_LIST, _ -> topicsWhere(RouteHandler::isUnit));
        on(dispatcher, RequestCode.GET_HAS_UNIT_SUB_TOPIC_LIST, _ -> topicsWhere(RouteHandler::isUnitSubscribed));
        on(
                dispatcher,
                RequestCode.GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST,
                _ -> topicsWhere(topic -> isUnitSubscribed(topic) && !isUnit(topic)));
        new RegistrationHandler(names, workers).register(dispatcher);
    }

    static void on(Dispatcher dispatcher, int code, Function<Request, Reply> answer) {
        dispatcher.on(code, request -> request.reply(answer.apply(request)));
    }

    Reply route(String topic) {
        return names.route(topic)
                .map(route -> Reply.ok().body(RouteBodies.route(route)))
                .orElseGet(() -> Reply.of(
                        ResponseCode.TOPIC_NOT_EXIST,
                        "No topic route info in name server for the topic: " + topic
                                + "\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details."));
    }

    Reply clusterInfo() {
        return Reply.ok().body(RouteBodies.clusterInfo(names.brokerGroups()));
    }

    Reply memberGroup(String cluster, String brokerName) {
        SortedMap<Long, String> addresses = names.brokerGroup(brokerName)
                .map(BrokerGroup::addresses)
                .orElse(Collections.unmodifiableSortedMap(new TreeMap<>()));
        return Reply.ok().body(RouteBodies.memberGroup(cluster, brokerName, addresses));
    }

    Reply systemTopicList() {
        return Reply.ok().body(RouteBodies.systemTopicList(names.brokerGroups()));
    }

    private Reply topicsWhere(Predicate<Topic> wanted) {
        return topicList(names.topicsWhere(wanted));
    }

    private static Reply topicList(Collection<String> topics) {
        return Reply.ok().body(RouteBodies.topicList(topics));
    }

    private static boolean isUnit(Topic topic) {
        return (topic.systemFlag() & UNIT_FLAG) != 0;
    }

    private static boolean isUnitSubscribed(Topic topic) {
        return (topic.systemFlag() & UNIT_SUBSCRIBED_FLAG) != 0;
    }
}
