package io.carillon.rocketmq;

import static io.carillon.rocketmq.CodeSupport.State.REFUSED;
import static io.carillon.rocketmq.CodeSupport.State.SENT;
import static io.carillon.rocketmq.CodeSupport.State.UNKNOWN;
import static io.carillon.rocketmq.CodeSupport.State.WORKS;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What this server makes of one request code. THE table of all codes that Apache's protocol has a name for, and of our
 * own: refusals get their reasons from here, and docs/compatibility.md its rows. A test fails when a code has a handler
 * and says otherwise here.
 *
 * @param name as the protocol has it
 * @param note why it is not served, or what differs from Apache's; empty when there is nothing to say
 */
record CodeSupport(int code, String name, State state, String note) {
    /** Whether, and how, a code is answered. */
    enum State {
        /** It is served. */
        WORKS,
        /** It is answered with code 3 and the note as reason. */
        REFUSED,
        /** It is a request of ours to clients. */
        SENT,
        /** It is answered as one that nobody ever heard of. */
        UNKNOWN
    }

    private static final String CONTROLLER =
            "there is no controller here: the brokers of a group choose their leader themselves";
    private static final String CONTAINER = "there is no broker container here: each broker is a process";
    private static final String ROCKSDB = "there is no RocksDB here: the indexes and settings have one form";
    private static final String COLD =
            "there is no cold data flow control here: cold reads have threads of their own and hold up nobody";
    private static final String SLAVES = "only a slave of Apache's asks this, and none can be one of this broker";
    private static final String NOBODY = "no released client or tool sends it to a broker or name server";
    private static final String LITE =
            "there are no lite topics here: light queues (%LMQ%) are, and who consumes them pulls";
    private static final String NOTHING_TO_DO = "succeeds: there is never anything to do";
    private static final String SETTINGS = "see \"Settings over the wire\"";
    private static final String OWN = "Carillon's own, see delay.md";
    private static final String OWN_COPIES = "Carillon's own, see backup.md";
    private static final String OWN_CLUSTER = "Carillon's own, see cluster.md";

    static final List<CodeSupport> TABLE = List.of(
            works(10, "SEND_MESSAGE"),
            works(11, "PULL_MESSAGE"),
            works(12, "QUERY_MESSAGE"),
            unknown(13, "QUERY_BROKER_OFFSET", NOBODY),
            works(14, "QUERY_CONSUMER_OFFSET"),
            works(15, "UPDATE_CONSUMER_OFFSET"),
            works(17, "UPDATE_AND_CREATE_TOPIC"),
            works(18, "UPDATE_AND_CREATE_TOPIC_LIST"),
            works(21, "GET_ALL_TOPIC_CONFIG"),
            unknown(22, "GET_TOPIC_CONFIG_LIST", NOBODY),
            unknown(23, "GET_TOPIC_NAME_LIST", NOBODY),
            works(25, "UPDATE_BROKER_CONFIG", SETTINGS),
            works(26, "GET_BROKER_CONFIG"),
            unknown(27, "TRIGGER_DELETE_FILES", NOBODY),
            works(28, "GET_BROKER_RUNTIME_INFO"),
            works(29, "SEARCH_OFFSET_BY_TIMESTAMP"),
            works(30, "GET_MAX_OFFSET"),
            works(31, "GET_MIN_OFFSET"),
            works(32, "GET_EARLIEST_MSG_STORETIME"),
            works(33, "VIEW_MESSAGE_BY_ID"),
            works(34, "HEART_BEAT"),
            works(35, "UNREGISTER_CLIENT"),
            works(36, "CONSUMER_SEND_MSG_BACK"),
            works(37, "END_TRANSACTION"),
            works(38, "GET_CONSUMER_LIST_BY_GROUP"),
            sent(39, "CHECK_TRANSACTION_STATE", "to clients"),
            sent(40, "NOTIFY_CONSUMER_IDS_CHANGED", "members of a group are told of each other"),
            works(41, "LOCK_BATCH_MQ"),
            works(42, "UNLOCK_BATCH_MQ"),
            works(43, "GET_ALL_CONSUMER_OFFSET"),
            refused(45, "GET_ALL_DELAY_OFFSET", SLAVES + "; delayed messages: carillon schedule list"),
            works(46, "CHECK_CLIENT_CONFIG", "tags only as yet"),
            unknown(47, "GET_CLIENT_CONFIG", NOBODY),
            refused(60, "GET_TIMER_CHECK_POINT", SLAVES + "; delayed messages: carillon schedule stats"),
            refused(61, "GET_TIMER_METRICS", SLAVES + "; delayed messages: carillon schedule stats"),
            works(100, "PUT_KV_CONFIG"),
            works(101, "GET_KV_CONFIG"),
            works(102, "DELETE_KV_CONFIG"),
            works(103, "REGISTER_BROKER", "also from Apache's brokers"),
            works(104, "UNREGISTER_BROKER"),
            works(105, "GET_ROUTEINFO_BY_TOPIC"),
            works(106, "GET_BROKER_CLUSTER_INFO"),
            works(200, "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP"),
            works(201, "GET_ALL_SUBSCRIPTIONGROUP_CONFIG"),
            works(202, "GET_TOPIC_STATS_INFO"),
            works(203, "GET_CONSUMER_CONNECTION_LIST"),
            works(204, "GET_PRODUCER_CONNECTION_LIST"),
            works(205, "WIPE_WRITE_PERM_OF_BROKER"),
            works(206, "GET_ALL_TOPIC_LIST_FROM_NAMESERVER"),
            works(207, "DELETE_SUBSCRIPTIONGROUP"),
            works(208, "GET_CONSUME_STATS"),
            unknown(209, "SUSPEND_CONSUMER", NOBODY),
            unknown(210, "RESUME_CONSUMER", NOBODY),
            unknown(211, "RESET_CONSUMER_OFFSET_IN_CONSUMER", NOBODY),
            unknown(212, "RESET_CONSUMER_OFFSET_IN_BROKER", NOBODY),
            unknown(213, "ADJUST_CONSUMER_THREAD_POOL", NOBODY),
            unknown(214, "WHO_CONSUME_THE_MESSAGE", NOBODY),
            works(215, "DELETE_TOPIC_IN_BROKER"),
            works(216, "DELETE_TOPIC_IN_NAMESRV"),
            works(217, "REGISTER_TOPIC_IN_NAMESRV"),
            works(219, "GET_KVLIST_BY_NAMESPACE"),
            sent(220, "RESET_CONSUMER_CLIENT_OFFSET", "to the members of a broadcasting group"),
            sent(221, "GET_CONSUMER_STATUS_FROM_CLIENT", "for 223"),
            works(
                    222,
                    "INVOKE_BROKER_TO_RESET_OFFSET",
                    "kept by the broker until a consumer takes it; `isForce=false` never moves a group forward by time"),
            works(
                    223,
                    "INVOKE_BROKER_TO_GET_CONSUMER_STATUS",
                    "relayed to all members, 5 s; who does not answer is left out"),
            works(224, "GET_TOPICS_BY_CLUSTER"),
            works(225, "UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST"),
            works(300, "QUERY_TOPIC_CONSUME_BY_WHO"),
            unknown(301, "REGISTER_FILTER_SERVER", NOBODY),
            unknown(302, "REGISTER_MESSAGE_FILTER_CLASS", NOBODY),
            works(303, "QUERY_CONSUME_TIME_SPAN"),
            works(304, "GET_SYSTEM_TOPIC_LIST_FROM_NS"),
            works(305, "GET_SYSTEM_TOPIC_LIST_FROM_BROKER"),
            works(306, "CLEAN_EXPIRED_CONSUMEQUEUE", NOTHING_TO_DO),
            works(307, "GET_CONSUMER_RUNNING_INFO", "relayed to the consumer, 10 s"),
            works(308, "QUERY_CORRECTION_OFFSET", "`filterGroups` are left out; Apache deletes their offsets"),
            works(309, "CONSUME_MESSAGE_DIRECTLY", "relayed to the consumer, 10 s"),
            works(310, "SEND_MESSAGE_V2"),
            works(311, "GET_UNIT_TOPIC_LIST"),
            works(312, "GET_HAS_UNIT_SUB_TOPIC_LIST"),
            works(313, "GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST"),
            works(314, "CLONE_GROUP_OFFSET", "the destination need not exist yet"),
            works(315, "VIEW_BROKER_STATS_DATA", "see \"Statistics by name\""),
            works(316, "CLEAN_UNUSED_TOPIC", NOTHING_TO_DO),
            works(317, "GET_BROKER_CONSUME_STATS"),
            works(318, "UPDATE_NAMESRV_CONFIG", SETTINGS),
            works(319, "GET_NAMESRV_CONFIG"),
            works(320, "SEND_BATCH_MESSAGE"),
            works(321, "QUERY_CONSUME_QUEUE", "at most 1,024 entries"),
            works(322, "QUERY_DATA_VERSION"),
            works(323, "RESUME_CHECK_HALF_MESSAGE"),
            works(324, "SEND_REPLY_MESSAGE"),
            works(325, "SEND_REPLY_MESSAGE_V2"),
            sent(326, "PUSH_REPLY_MESSAGE_TO_CLIENT", "to clients"),
            works(327, "ADD_WRITE_PERM_OF_BROKER"),
            works(328, "GET_ALL_PRODUCER_INFO"),
            works(329, "DELETE_EXPIRED_COMMITLOG", NOTHING_TO_DO),
            works(343, "QUERY_TOPICS_BY_CONSUMER"),
            works(345, "QUERY_SUBSCRIPTION_BY_CONSUMER"),
            works(351, "GET_TOPIC_CONFIG"),
            works(
                    352,
                    "GET_SUBSCRIPTIONGROUP_CONFIG",
                    "of an unknown group what its first use would make of it, 26 when that makes none; asking makes nothing"),
            works(
                    353,
                    "UPDATE_AND_GET_GROUP_FORBIDDEN",
                    "holds for every pull, also one that brings its own expression"),
            refused(354, "CHECK_ROCKSDB_CQ_WRITE_PROGRESS", ROCKSDB),
            refused(355, "EXPORT_ROCKSDB_CONFIG_TO_JSON", ROCKSDB),
            works(361, "LITE_PULL_MESSAGE"),
            works(370, "RECALL_MESSAGE"),
            works(400, "QUERY_ASSIGNMENT"),
            works(401, "SET_MESSAGE_REQUEST_MODE"),
            works(402, "GET_ALL_MESSAGE_REQUEST_MODE"),
            refused(
                    513,
                    "UPDATE_AND_CREATE_STATIC_TOPIC",
                    "there are no static topics here: queues do not move between brokers"),
            works(901, "GET_BROKER_MEMBER_GROUP"),
            refused(902, "ADD_BROKER", CONTAINER),
            refused(903, "REMOVE_BROKER", CONTAINER),
            works(904, "BROKER_HEARTBEAT"),
            refused(905, "NOTIFY_MIN_BROKER_ID_CHANGE", SLAVES),
            refused(906, "EXCHANGE_BROKER_HA_INFO", SLAVES),
            works(907, "GET_BROKER_HA_STATUS", "the other members of the group of replicas, if there is one"),
            refused(
                    908,
                    "RESET_MASTER_FLUSH_OFFSET",
                    "there is no master flush offset here: nothing that was forced to disk is cut"),
            refused(1001, "CONTROLLER_ALTER_SYNC_STATE_SET", CONTROLLER),
            refused(1002, "CONTROLLER_ELECT_MASTER", CONTROLLER),
            refused(1003, "CONTROLLER_REGISTER_BROKER", CONTROLLER),
            refused(1004, "CONTROLLER_GET_REPLICA_INFO", CONTROLLER),
            refused(1005, "CONTROLLER_GET_METADATA_INFO", CONTROLLER),
            refused(1006, "CONTROLLER_GET_SYNC_STATE_DATA", CONTROLLER),
            refused(1007, "GET_BROKER_EPOCH_CACHE", CONTROLLER),
            refused(1008, "NOTIFY_BROKER_ROLE_CHANGED", CONTROLLER),
            refused(1009, "UPDATE_CONTROLLER_CONFIG", CONTROLLER),
            refused(1010, "GET_CONTROLLER_CONFIG", CONTROLLER),
            refused(1011, "CLEAN_BROKER_DATA", CONTROLLER),
            refused(1012, "CONTROLLER_GET_NEXT_BROKER_ID", CONTROLLER),
            refused(1013, "CONTROLLER_APPLY_BROKER_ID", CONTROLLER),
            refused(1014, "BROKER_CLOSE_CHANNEL_REQUEST", CONTROLLER),
            refused(1015, "CHECK_NOT_ACTIVE_BROKER_REQUEST", CONTROLLER),
            refused(1016, "GET_BROKER_LIVE_INFO_REQUEST", CONTROLLER),
            refused(1017, "GET_SYNC_STATE_DATA_REQUEST", CONTROLLER),
            refused(1018, "RAFT_BROKER_HEART_BEAT_EVENT_REQUEST", CONTROLLER),
            refused(2001, "UPDATE_COLD_DATA_FLOW_CTR_CONFIG", COLD),
            refused(2002, "REMOVE_COLD_DATA_FLOW_CTR_CONFIG", COLD),
            refused(2003, "GET_COLD_DATA_FLOW_CTR_INFO", COLD),
            refused(2004, "SET_COMMITLOG_READ_MODE", "read-ahead is left to the operating system here"),
            works(3001, "AUTH_CREATE_USER"),
            works(3002, "AUTH_UPDATE_USER"),
            works(3003, "AUTH_DELETE_USER"),
            works(3004, "AUTH_GET_USER", "never gives the secret"),
            works(3005, "AUTH_LIST_USER", "never gives secrets"),
            works(3006, "AUTH_CREATE_ACL"),
            works(3007, "AUTH_UPDATE_ACL"),
            works(3008, "AUTH_DELETE_ACL"),
            works(3009, "AUTH_GET_ACL"),
            works(3010, "AUTH_LIST_ACL"),
            refused(5001, "SWITCH_TIMER_ENGINE", "there is one timer engine here, and nothing to switch to"),
            works(200050, "POP_MESSAGE"),
            works(200051, "ACK_MESSAGE"),
            works(200052, "PEEK_MESSAGE"),
            works(200053, "CHANGE_MESSAGE_INVISIBLETIME"),
            works(200054, "NOTIFICATION"),
            works(200055, "POLLING_INFO"),
            refused(
                    200056,
                    "POP_ROLLBACK",
                    "what is popped is state of the log here: there is no store of it to go back to"),
            refused(200070, "POP_LITE_MESSAGE", LITE),
            refused(200071, "LITE_SUBSCRIPTION_CTL", LITE),
            refused(200072, "ACK_LITE_MESSAGE", LITE),
            unknown(200073, "NOTIFY_UNSUBSCRIBE_LITE", NOBODY),
            refused(200074, "GET_BROKER_LITE_INFO", LITE),
            refused(200075, "GET_PARENT_TOPIC_INFO", LITE),
            refused(200076, "GET_LITE_TOPIC_INFO", LITE),
            refused(200077, "GET_LITE_CLIENT_INFO", LITE),
            refused(200078, "GET_LITE_GROUP_INFO", LITE),
            refused(200079, "TRIGGER_LITE_DISPATCH", LITE),
            works(200151, "BATCH_ACK_MESSAGE"),
            works(9501, "SCHEDULE_LIST", OWN),
            works(9502, "SCHEDULE_SHOW", OWN),
            works(9503, "SCHEDULE_CANCEL", OWN),
            works(9504, "SCHEDULE_RESCHEDULE", OWN),
            works(9505, "SCHEDULE_DELIVER_NOW", OWN),
            works(9506, "SCHEDULE_HISTOGRAM", OWN),
            works(9507, "SCHEDULE_PAUSE", OWN),
            works(9508, "SCHEDULE_RESUME", OWN),
            works(9509, "SCHEDULE_STATS", OWN),
            works(9521, "COPY_BEGIN", OWN_COPIES),
            works(9522, "COPY_PART", OWN_COPIES),
            works(9523, "COPY_END", OWN_COPIES),
            works(9530, "MEMBER_HERE", OWN_CLUSTER),
            works(9531, "CLUSTER_STATUS", OWN_CLUSTER),
            works(9532, "CLUSTER_TRANSFER", OWN_CLUSTER),
            works(9533, "CLUSTER_ADD", OWN_CLUSTER),
            works(9534, "CLUSTER_REMOVE", OWN_CLUSTER),
            works(9535, "CLUSTER_REPLACE", OWN_CLUSTER),
            works(9536, "CLUSTER_PROMOTE", OWN_CLUSTER),
            works(9537, "CLUSTER_ACCEPT_LOSS", OWN_CLUSTER));

    private static final SortedMap<Integer, CodeSupport> BY_CODE =
            new TreeMap<>(TABLE.stream().collect(Collectors.toMap(CodeSupport::code, one -> one)));

    private static CodeSupport works(int code, String name) {
        return works(code, name, "");
    }

    private static CodeSupport works(int code, String name, String note) {
        return new CodeSupport(code, name, WORKS, note);
    }

    private static CodeSupport refused(int code, String name, String reason) {
        return new CodeSupport(code, name, REFUSED, reason);
    }

    private static CodeSupport sent(int code, String name, String to) {
        return new CodeSupport(code, name, SENT, to);
    }

    private static CodeSupport unknown(int code, String name, String why) {
        return new CodeSupport(code, name, UNKNOWN, why);
    }

    /** @throws IllegalArgumentException when the code is none of the protocol's */
    static CodeSupport of(int code) {
        CodeSupport found = BY_CODE.get(code);
        if (found == null) {
            throw new IllegalArgumentException("request code " + code + " is not in the table");
        }
        return found;
    }

    /** Why each code that is refused is refused. */
    static SortedMap<Integer, String> refusals() {
        SortedMap<Integer, String> reasons = new TreeMap<>();
        TABLE.stream().filter(one -> one.state == REFUSED).forEach(one -> reasons.put(one.code, one.note));
        return reasons;
    }
}
