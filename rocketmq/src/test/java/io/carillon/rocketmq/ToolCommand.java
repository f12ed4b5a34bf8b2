package io.carillon.rocketmq;

import io.carillon.rocketmq.CodeSupport.State;
import java.util.Arrays;
import java.util.List;

/**
 * What becomes of one command of mqadmin 5.5 here; docs/compatibility.md has the table. Whether a command works is not
 * said but found out: it does when the request codes work that it sends.
 *
 * @param codes the request codes that it is about; none for a command that asks no server, or asks in vain
 */
record ToolCommand(String name, String state, String note, List<Integer> codes) {
    private static final String SECURE = "with `security.enabled`";
    private static final String NO_SECRETS = "with `security.enabled`; shows no secret";
    private static final String NOTHING_TO_DO = "succeeds: there is never anything to do";
    private static final String SETTINGS = "see \"Settings over the wire\"";
    private static final String RESETS = "see \"Resets of offsets\"";

    static final List<ToolCommand> TABLE = List.of(
            sends("addBroker", "", 902),
            sends("addWritePerm", "", 327),
            sends("allocateMQ", "", 105),
            sends("brokerConsumeStats", "", 317),
            sends("brokerStatus", "", 28),
            sends("checkMsgSendRT", "", 310),
            sends("checkRocksdbCqWriteProgress", "", 354),
            sends("cleanBrokerMetadata", "", 1011),
            sends("cleanExpiredCQ", NOTHING_TO_DO, 306),
            sends("cleanUnusedTopic", NOTHING_TO_DO, 316),
            sends("cloneGroupOffset", "", 208, 15),
            sends("clusterList", "", 106, 28),
            sends("clusterRT", "sends to the topic of each broker's name", 106, 310),
            sends("consumeMessage", "", 11),
            sends("consumerConnection", "", 203),
            sends("consumerProgress", "", 208),
            sends("consumerStatus", "with `-s` also the stack of each thread", 203, 307),
            sends("copyAcl", SECURE, 3009, 3006, 3007),
            refused("copyUser", "secrets are never given back, so none can be copied"),
            sends("createAcl", SECURE, 3006),
            sends("createUser", SECURE, 3001),
            sends("deleteAcl", SECURE, 3008),
            sends("deleteExpiredCommitLog", NOTHING_TO_DO, 329),
            sends("deleteKvConfig", "", 102),
            sends("deleteSubGroup", "", 207),
            sends("deleteTopic", "", 215, 216),
            sends("deleteUser", SECURE, 3003),
            local("dumpCompactionLog"),
            sends("electMaster", "", 1002),
            sends("exportConfigs", "", 26, 319),
            sends("exportMetadata", "", 21, 201),
            local("exportMetadataInRocksDB"),
            sends("exportMetrics", "", 28, 201, 317),
            sends("exportPopRecord", "", 200056),
            sends("getAcl", SECURE, 3009),
            sends("getBrokerConfig", "", 26),
            sends("getBrokerEpoch", "", 1007),
            sends("getBrokerLiteInfo", "", 200074),
            sends("getColdDataFlowCtrInfo", "", 2003),
            sends("getConsumerConfig", "asking makes nothing", 352),
            sends("getControllerConfig", "", 1010),
            sends("getControllerMetaData", "", 1005),
            sends("getLiteClientInfo", "", 200077),
            sends("getLiteGroupInfo", "", 200078),
            sends("getLiteTopicInfo", "", 200076),
            sends("getNamesrvConfig", "", 319),
            sends("getParentTopicInfo", "", 200075),
            sends("getSyncStateSet", "", 1006),
            sends("getUser", NO_SECRETS, 3004),
            sends("haStatus", "the other members of the group of replicas, if there is one", 907),
            sends("listAcl", SECURE, 3010),
            sends("listUser", NO_SECRETS, 3005),
            sends("printMsg", "", 11),
            sends("printMsgByQueue", "", 11),
            sends("producer", "", 328),
            sends("producerConnection", "", 204),
            sends("queryCq", "", 321),
            sends("queryMsgById", "", 33),
            sends("queryMsgByKey", "", 12),
            sends("queryMsgByOffset", "", 11),
            sends("queryMsgByUniqueKey", "", 12),
            sends("queryMsgTraceById", "", 12),
            sends("remappingStaticTopic", "", 513),
            sends("removeBroker", "", 903),
            sends("removeColdDataFlowCtrGroupConfig", "", 2002),
            sends("resetMasterFlushOffset", "", 908),
            sends("resetOffsetByTime", RESETS, 222),
            sends("rocksDBConfigToJson", "", 355),
            sends("sendMessage", "", 310),
            sends("sendMsgStatus", "", 310),
            sends("setCommitLogReadAheadMode", "", 2004),
            sends("setConsumeMode", "", 401),
            sends("skipAccumulatedMessage", RESETS, 222),
            sends("startMonitoring", "runs until it is ended", 206, 208, 307),
            sends("statsAll", "see \"Statistics by name\"", 315, 206, 300, 208),
            sends("switchTimerEngine", "", 5001),
            sends("topicClusterList", "", 105, 106),
            sends("topicList", "", 206),
            sends("topicRoute", "", 105),
            sends("topicStatus", "", 202),
            sends("triggerLiteDispatch", "", 200079),
            sends("updateAcl", SECURE, 3007),
            sends("updateBrokerConfig", SETTINGS, 25),
            sends("updateColdDataFlowCtrGroupConfig", "", 2001),
            sends("updateControllerConfig", "", 1009),
            sends("updateKvConfig", "", 100),
            sends("updateNamesrvConfig", SETTINGS, 318),
            sends("updateOrderConf", "", 100, 101, 102),
            sends("updateStaticTopic", "", 513),
            sends("updateSubGroup", "", 200),
            sends("updateSubGroupList", "", 225),
            sends("updateTopic", "", 17),
            sends("updateTopicList", "", 18),
            sends("updateTopicPerm", "", 17, 351),
            sends("updateUser", SECURE, 3002),
            sends("wipeWritePerm", "", 205));

    private static ToolCommand sends(String name, String note, int... codes) {
        List<Integer> all = Arrays.stream(codes).boxed().toList();
        for (int code : codes) {
            CodeSupport support = CodeSupport.of(code);
            if (support.state() == State.REFUSED) {
                return new ToolCommand(name, "refused", support.note(), all);
            }
            if (support.state() == State.UNKNOWN) {
                return new ToolCommand(name, "later", support.note(), all);
            }
        }
        return new ToolCommand(name, "works", note, all);
    }

    private static ToolCommand refused(String name, String why) {
        return new ToolCommand(name, "refused", why, List.of());
    }

    private static ToolCommand local(String name) {
        return new ToolCommand(name, "local", "reads files of Apache's broker", List.of());
    }

    String row() {
        return "| `" + name + "` | " + state + " | " + note + " |\n";
    }
}
