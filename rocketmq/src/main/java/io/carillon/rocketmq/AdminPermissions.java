package io.carillon.rocketmq;

import static io.carillon.rocketmq.Permissions.on;
import static io.carillon.rocketmq.Permissions.optional;
import static io.carillon.rocketmq.Rights.CREATE;
import static io.carillon.rocketmq.Rights.DELETE;
import static io.carillon.rocketmq.Rights.GET;
import static io.carillon.rocketmq.Rights.LIST;
import static io.carillon.rocketmq.Rights.SUB;
import static io.carillon.rocketmq.Rights.UPDATE;
import static io.carillon.rocketmq.Rights.both;
import static io.carillon.rocketmq.Rights.cluster;
import static io.carillon.rocketmq.Rights.group;
import static io.carillon.rocketmq.Rights.groupAndMaybeTopic;
import static io.carillon.rocketmq.Rights.topic;
import static io.carillon.rocketmq.Rights.topicAndMaybeGroup;

import com.alibaba.fastjson2.JSONObject;
import io.carillon.broker.access.Action;
import io.carillon.remoting.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** What the requests of administrators to a broker need. */
final class AdminPermissions {
    private AdminPermissions() {}

    static void fill(Permissions table) {
        topics(table);
        groups(table);
        progress(table);
        clients(table);
        broker(table);
        replicas(table);
        users(table);
        schedule(table);
        copies(table);
        members(table);
    }

    private static void topics(Permissions table) {
        table.add(topic(on(17, "UPDATE_AND_CREATE_TOPIC").order(), "topic", CREATE));
        table.add(on(18, "UPDATE_AND_CREATE_TOPIC_LIST")
                .order()
                .needsByBody(
                        "Topics in the body: Create",
                        (request, _) -> namesOf(request, "topicConfigList", "topicName").stream()
                                .map(name -> Wanted.topicOrItsGroup(name, CREATE, CREATE))
                                .toList()));
        table.add(topic(on(513, "UPDATE_AND_CREATE_STATIC_TOPIC").order(), "topic", CREATE));
        table.add(topic(on(215, "DELETE_TOPIC_IN_BROKER").order(), "topic", DELETE));
        table.add(topic(on(351, "GET_TOPIC_CONFIG"), "topic", GET));
        table.add(topic(on(202, "GET_TOPIC_STATS_INFO"), "topic", GET));
        table.add(topic(on(300, "QUERY_TOPIC_CONSUME_BY_WHO"), "topic", GET));
        table.add(cluster(on(21, "GET_ALL_TOPIC_CONFIG"), LIST));
        table.add(cluster(on(22, "GET_TOPIC_CONFIG_LIST"), LIST));
        table.add(cluster(on(23, "GET_TOPIC_NAME_LIST"), LIST));
        table.add(cluster(on(305, "GET_SYSTEM_TOPIC_LIST_FROM_BROKER"), LIST));
    }

    private static void groups(Permissions table) {
        table.add(on(200, "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP")
                .order()
                .needsByBody(
                        "Group in the body: Create",
                        (request, _) -> List.of(Wanted.group(
                                ClientBodies.text(ClientBodies.parse(request.copyBody()), "groupName"), CREATE))));
        table.add(on(225, "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST")
                .order()
                .needsByBody(
                        "Groups in the body: Create",
                        (request, _) -> namesOf(request, "groupConfigList", "groupName").stream()
                                .map(name -> Wanted.group(name, CREATE))
                                .toList()));
        table.add(group(on(207, "DELETE_SUBSCRIPTIONGROUP").order(), "groupName", DELETE));
        table.add(group(on(352, "GET_SUBSCRIPTIONGROUP_CONFIG"), "group", GET));
        table.add(groupAndMaybeTopic(on(353, "UPDATE_AND_GET_GROUP_FORBIDDEN").order(), "group", "topic", UPDATE));
        table.add(group(on(343, "QUERY_TOPICS_BY_CONSUMER"), "group", GET));
        table.add(groupAndMaybeTopic(on(345, "QUERY_SUBSCRIPTION_BY_CONSUMER"), "group", "topic", GET));
        table.add(cluster(on(201, "GET_ALL_SUBSCRIPTIONGROUP_CONFIG"), LIST));
        table.add(on(401, "SET_MESSAGE_REQUEST_MODE")
                .order()
                .needsByBody("Group and Topic in the body: Update", (request, _) -> {
                    JSONObject body = ClientBodies.parse(request.copyBody());
                    return Rights.of(
                            ClientBodies.text(body, "consumerGroup"), ClientBodies.text(body, "topic"), UPDATE);
                }));
        table.add(cluster(on(402, "GET_ALL_MESSAGE_REQUEST_MODE"), LIST));
    }

    private static void progress(Permissions table) {
        table.add(groupAndMaybeTopic(on(208, "GET_CONSUME_STATS"), "consumerGroup", "topic", GET));
        table.add(cluster(on(317, "GET_BROKER_CONSUME_STATS"), LIST));
        table.add(both(on(303, "QUERY_CONSUME_TIME_SPAN"), "group", "topic", GET));
        table.add(on(308, "QUERY_CORRECTION_OFFSET")
                .needs(
                        "Topic in topic, Group in compareGroup, Groups in filterGroups: Get",
                        List.of("topic", "compareGroup", "filterGroups"),
                        (request, _) -> correction(request)));
        table.add(topicAndMaybeGroup(on(321, "QUERY_CONSUME_QUEUE"), "topic", "consumerGroup", GET));
        table.add(both(on(222, "INVOKE_BROKER_TO_RESET_OFFSET").order(), "group", "topic", UPDATE));
        table.add(both(on(223, "INVOKE_BROKER_TO_GET_CONSUMER_STATUS"), "group", "topic", GET));
        table.add(on(314, "CLONE_GROUP_OFFSET")
                .order()
                .needs(
                        "Groups in srcGroup and destGroup, and Topic in topic if it is there: Update",
                        List.of("srcGroup", "destGroup", "topic"),
                        (request, _) -> {
                            List<Wanted> wanted = new ArrayList<>(
                                    Rights.of(request.required("srcGroup"), optional(request, "topic"), UPDATE));
                            wanted.add(Wanted.group(request.required("destGroup"), UPDATE));
                            return wanted;
                        }));
        table.add(on(323, "RESUME_CHECK_HALF_MESSAGE")
                .order()
                .needs(
                        "Topic in topic: Update, and the half's Topic: Pub; the Cluster: Update when the request names no topic",
                        List.of("topic"),
                        (request, cluster) -> Rights.has(request, "topic")
                                ? Rights.of("", request.required("topic"), UPDATE)
                                : List.of(Rights.ofCluster(cluster, UPDATE))));
    }

    private static List<Wanted> correction(Request request) {
        List<Wanted> wanted =
                new ArrayList<>(Rights.of(request.required("compareGroup"), request.required("topic"), GET));
        Arrays.stream(optional(request, "filterGroups").split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .forEach(name -> wanted.add(Wanted.group(name, GET)));
        return wanted;
    }

    private static void clients(Permissions table) {
        table.add(group(on(203, "GET_CONSUMER_CONNECTION_LIST"), "consumerGroup", GET));
        table.add(cluster(on(204, "GET_PRODUCER_CONNECTION_LIST"), LIST));
        table.add(cluster(on(328, "GET_ALL_PRODUCER_INFO"), LIST));
        table.add(group(on(307, "GET_CONSUMER_RUNNING_INFO"), "consumerGroup", GET));
        table.add(groupAndMaybeTopic(on(309, "CONSUME_MESSAGE_DIRECTLY").order(), "consumerGroup", "topic", SUB));
    }

    private static void broker(Permissions table) {
        clusterOf(
                table,
                UPDATE,
                "25 UPDATE_BROKER_CONFIG",
                "27 TRIGGER_DELETE_FILES",
                "306 CLEAN_EXPIRED_CONSUMEQUEUE",
                "316 CLEAN_UNUSED_TOPIC",
                "329 DELETE_EXPIRED_COMMITLOG",
                "908 RESET_MASTER_FLUSH_OFFSET",
                "2001 UPDATE_COLD_DATA_FLOW_CTR_CONFIG",
                "2002 REMOVE_COLD_DATA_FLOW_CTR_CONFIG",
                "2004 SET_COMMITLOG_READ_MODE",
                "5001 SWITCH_TIMER_ENGINE");
        clusterOf(
                table,
                LIST,
                "26 GET_BROKER_CONFIG",
                "28 GET_BROKER_RUNTIME_INFO",
                "45 GET_ALL_DELAY_OFFSET",
                "60 GET_TIMER_CHECK_POINT",
                "61 GET_TIMER_METRICS",
                "315 VIEW_BROKER_STATS_DATA",
                "354 CHECK_ROCKSDB_CQ_WRITE_PROGRESS",
                "355 EXPORT_ROCKSDB_CONFIG_TO_JSON",
                "2003 GET_COLD_DATA_FLOW_CTR_INFO",
                "200074 GET_BROKER_LITE_INFO",
                "200075 GET_PARENT_TOPIC_INFO",
                "200076 GET_LITE_TOPIC_INFO",
                "200077 GET_LITE_CLIENT_INFO",
                "200078 GET_LITE_GROUP_INFO");
        clusterOf(table, UPDATE, "200079 TRIGGER_LITE_DISPATCH");
    }

    private static void replicas(Permissions table) {
        clusterOf(
                table,
                UPDATE,
                "902 ADD_BROKER",
                "903 REMOVE_BROKER",
                "905 NOTIFY_MIN_BROKER_ID_CHANGE",
                "906 EXCHANGE_BROKER_HA_INFO",
                "1001 CONTROLLER_ALTER_SYNC_STATE_SET",
                "1002 CONTROLLER_ELECT_MASTER",
                "1003 CONTROLLER_REGISTER_BROKER",
                "1008 NOTIFY_BROKER_ROLE_CHANGED",
                "1009 UPDATE_CONTROLLER_CONFIG",
                "1011 CLEAN_BROKER_DATA",
                "1013 CONTROLLER_APPLY_BROKER_ID",
                "1014 BROKER_CLOSE_CHANNEL_REQUEST",
                "1015 CHECK_NOT_ACTIVE_BROKER_REQUEST",
                "1018 RAFT_BROKER_HEART_BEAT_EVENT_REQUEST");
        clusterOf(
                table,
                LIST,
                "907 GET_BROKER_HA_STATUS",
                "1004 CONTROLLER_GET_REPLICA_INFO",
                "1005 CONTROLLER_GET_METADATA_INFO",
                "1006 CONTROLLER_GET_SYNC_STATE_DATA",
                "1007 GET_BROKER_EPOCH_CACHE",
                "1010 GET_CONTROLLER_CONFIG",
                "1012 CONTROLLER_GET_NEXT_BROKER_ID",
                "1016 GET_BROKER_LIVE_INFO_REQUEST",
                "1017 GET_SYNC_STATE_DATA_REQUEST");
    }

    private static void users(Permissions table) {
        clusterOf(
                table,
                UPDATE,
                "3001 AUTH_CREATE_USER",
                "3002 AUTH_UPDATE_USER",
                "3003 AUTH_DELETE_USER",
                "3006 AUTH_CREATE_ACL",
                "3007 AUTH_UPDATE_ACL",
                "3008 AUTH_DELETE_ACL");
        clusterOf(table, GET, "3004 AUTH_GET_USER", "3005 AUTH_LIST_USER", "3009 AUTH_GET_ACL", "3010 AUTH_LIST_ACL");
    }

    private static void schedule(Permissions table) {
        clusterOf(
                table,
                LIST,
                "9501 SCHEDULE_LIST",
                "9502 SCHEDULE_SHOW",
                "9506 SCHEDULE_HISTOGRAM",
                "9509 SCHEDULE_STATS");
        clusterOf(
                table,
                UPDATE,
                "9503 SCHEDULE_CANCEL",
                "9504 SCHEDULE_RESCHEDULE",
                "9505 SCHEDULE_DELIVER_NOW",
                "9507 SCHEDULE_PAUSE",
                "9508 SCHEDULE_RESUME");
    }

    private static void members(Permissions table) {
        clusterOf(table, LIST, "9531 CLUSTER_STATUS");
        clusterOf(
                table,
                UPDATE,
                "9530 MEMBER_HERE",
                "9532 CLUSTER_TRANSFER",
                "9533 CLUSTER_ADD",
                "9534 CLUSTER_REMOVE",
                "9535 CLUSTER_REPLACE",
                "9536 CLUSTER_PROMOTE",
                "9537 CLUSTER_ACCEPT_LOSS");
    }

    /** Parts of a copy are named by the copy, so that a request for one is worth nothing when that has ended. */
    private static void copies(Permissions table) {
        table.add(cluster(on(9521, "COPY_BEGIN").order(), UPDATE));
        table.add(cluster(on(9522, "COPY_PART"), UPDATE));
        table.add(cluster(on(9523, "COPY_END"), UPDATE));
    }

    /** What updates the cluster is an order, what only looks is none. */
    static void clusterOf(Permissions table, Set<Action> anyOf, String... codesAndNames) {
        for (String one : codesAndNames) {
            int space = one.indexOf(' ');
            Permissions.Draft draft = on(Integer.parseInt(one.substring(0, space)), one.substring(space + 1));
            table.add(cluster(anyOf.equals(UPDATE) ? draft.order() : draft, anyOf));
        }
    }

    private static List<String> namesOf(Request request, String array, String name) {
        return ClientBodies.objects(ClientBodies.parse(request.copyBody()), array).stream()
                .map(one -> ClientBodies.text(one, name))
                .toList();
    }
}
