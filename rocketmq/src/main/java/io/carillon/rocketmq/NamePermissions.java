package io.carillon.rocketmq;

import static io.carillon.rocketmq.AdminPermissions.clusterOf;
import static io.carillon.rocketmq.Permissions.on;
import static io.carillon.rocketmq.Rights.DELETE;
import static io.carillon.rocketmq.Rights.LIST;
import static io.carillon.rocketmq.Rights.READ;
import static io.carillon.rocketmq.Rights.ROUTE;
import static io.carillon.rocketmq.Rights.UPDATE;
import static io.carillon.rocketmq.Rights.topic;

import io.carillon.message.TopicName;
import java.util.List;

/** What requests to a name server need. */
final class NamePermissions {
    private NamePermissions() {}

    static void fill(Permissions table) {
        // The template's route is asked for by producers whose topic does not exist yet.
        table.add(on(105, "GET_ROUTEINFO_BY_TOPIC")
                .needs(
                        "Topic in topic: Pub or Sub or Get; a retry topic: its Group: Sub or Get; TBW102: any user",
                        List.of("topic"),
                        (request, _) -> {
                            String topic = request.required("topic");
                            return topic.equals(TopicName.AUTO_CREATE)
                                    ? List.of()
                                    : List.of(Wanted.topicOrItsGroup(topic, ROUTE, READ));
                        }));
        table.add(topic(on(216, "DELETE_TOPIC_IN_NAMESRV").order(), "topic", DELETE));
        clusterOf(
                table,
                UPDATE,
                "100 PUT_KV_CONFIG",
                "102 DELETE_KV_CONFIG",
                "205 WIPE_WRITE_PERM_OF_BROKER",
                "217 REGISTER_TOPIC_IN_NAMESRV",
                "318 UPDATE_NAMESRV_CONFIG",
                "327 ADD_WRITE_PERM_OF_BROKER");
        clusterOf(
                table,
                LIST,
                "101 GET_KV_CONFIG",
                "106 GET_BROKER_CLUSTER_INFO",
                "206 GET_ALL_TOPIC_LIST_FROM_NAMESERVER",
                "219 GET_KVLIST_BY_NAMESPACE",
                "224 GET_TOPICS_BY_CLUSTER",
                "304 GET_SYSTEM_TOPIC_LIST_FROM_NS",
                "311 GET_UNIT_TOPIC_LIST",
                "312 GET_HAS_UNIT_SUB_TOPIC_LIST",
                "313 GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST",
                "319 GET_NAMESRV_CONFIG",
                "901 GET_BROKER_MEMBER_GROUP");
        brokers(table);
    }

    /** Brokers repeat themselves, and two of them alike: that is no replay. */
    private static void brokers(Permissions table) {
        table.add(Rights.cluster(on(103, "REGISTER_BROKER"), UPDATE));
        table.add(Rights.cluster(on(104, "UNREGISTER_BROKER"), UPDATE));
        table.add(Rights.cluster(on(322, "QUERY_DATA_VERSION"), UPDATE));
        table.add(Rights.cluster(on(904, "BROKER_HEARTBEAT"), UPDATE));
    }
}
