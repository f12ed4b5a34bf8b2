package io.carillon.rocketmq;

import static io.carillon.rocketmq.LiveBroker.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.message.Subscription;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.LiveBroker.Peer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class ClientHandlerTest {
    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final Peer peer = live.connect();

    ClientHandlerTest() throws IOException {}

    private static Reply body(String json) {
        return Reply.ok().body(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private static Reply heartbeat(String clientId, String group, String topic, boolean isBrief) {
        String subscription = isBrief
                ? ""
                : "{'topic':'" + topic + "','subString':'TagA || TagB','tagsSet':['TagA','TagB'],'codeSet':[1,2],"
                        + "'subVersion':17,'expressionType':'TAG','classFilterMode':false,'filterClassSource':null}";
        return body("{'clientID':'" + clientId + "','heartbeatFingerprint':0,'withoutSub':" + isBrief
                + ",'producerDataSet':[{'groupName':'PG1'}],'consumerDataSet':[{'groupName':'" + group
                + "','consumeType':'CONSUME_PASSIVELY','messageModel':'CLUSTERING',"
                + "'consumeFromWhere':'CONSUME_FROM_LAST_OFFSET','unitMode':false,"
                + "'subscriptionDataSet':[" + subscription + "]}]}");
    }

    private Response beat(Peer from, String clientId) {
        return from.call(RequestCode.HEART_BEAT, heartbeat(clientId, "CG1", "T1", false));
    }

    private static List<String> ids(Response response) {
        return JSON.parseObject(response.body()).getList("consumerIdList", String.class);
    }

    @Test
    void takesWhatABodyRefersToForWhatStandsThere() {
        String itself = "{'clientID':'c','producerDataSet':[{'groupName':{'$ref':'$'}}]}";
        assertThat(peer.call(RequestCode.HEART_BEAT, body(itself)).remark())
                .isEqualTo("the body's field groupName must be a text, not {\"$ref\":\"$\"}");

        StringBuilder twice = new StringBuilder("{'x0':['a']");
        for (int i = 1; i <= 16; i++) { // and with 30 the memory would not do
            String before = "{'$ref':'$.x" + (i - 1) + "'}";
            twice.append(",'x" + i + "':[" + before + "," + before + "]");
        }
        twice.append(",'clientID':'c','producerDataSet':[{'groupName':{'$ref':'$.x16'}}]}");
        assertThat(peer.call(RequestCode.HEART_BEAT, body(twice.toString())).remark())
                .endsWith("not {\"$ref\":\"$.x16\"}");
        Reply group = body("{'groupName':{'$ref':'$'}}");
        assertThat(peer.call(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, group)
                        .remark())
                .contains("groupName");
    }

    @Test
    void keepsNoMoreOfAProducerThanItsRequestsMayHold() {
        String tooLong = "{'clientID':'c','producerDataSet':[{'groupName':'" + "x".repeat(256) + "'}]}";
        assertThat(peer.call(RequestCode.HEART_BEAT, body(tooLong)).remark()).contains("at most 255");
        String groups = IntStream.range(0, 1025)
                .mapToObj(i -> "{'groupName':'p" + i + "'}")
                .collect(Collectors.joining(","));

        Response response =
                peer.call(RequestCode.HEART_BEAT, body("{'clientID':'c','producerDataSet':[" + groups + "]}"));

        assertThat(response.code()).isNotZero();
        assertThat(response.remark()).contains("1024 producer groups").contains("p1024");
        assertThat(live.broker.clients().allProducers()).hasSize(1024);
        assertThat(peer.call(RequestCode.HEART_BEAT, body("{'clientID':'c','producerDataSet':[{'groupName':'p7'}]}"))
                        .code())
                .isZero();
    }

    @Test
    void makesTheGroupAndItsRetryTopicBeforeItAnswersAHeartbeat() {
        Response response = beat(peer, "c1");

        assertThat(response.code()).isZero();
        assertThat(response.ext())
                .containsEntry("IS_SUPPORT_HEART_BEAT_V2", "true")
                .containsEntry("IS_SUB_CHANGE", "true");
        assertThat(live.broker.groups().find("CG1")).isNotNull();
        assertThat(Objects.requireNonNull(live.broker.topics().find("%RETRY%CG1"))
                        .config()
                        .readQueues())
                .isEqualTo(1);
        assertThat(beat(peer, "c1").ext()).containsEntry("IS_SUB_CHANGE", "false");
    }

    @Test
    void marksTheRetryTopicOfAGroupThatBelongsToAUnit() {
        Reply unit = body("{'clientID':'c1','consumerDataSet':[{'groupName':'CG1','unitMode':true,"
                + "'subscriptionDataSet':[]}]}");

        assertThat(peer.call(RequestCode.HEART_BEAT, unit).code()).isZero();

        assertThat(Objects.requireNonNull(live.broker.topics().find("%RETRY%CG1"))
                        .config()
                        .systemFlag())
                .isEqualTo(2);
    }

    @Test
    void keepsTheSubscriptionWithHashesOfItsOwn() {
        beat(peer, "c1");

        Subscription kept = Objects.requireNonNull(live.broker.clients().group("CG1"))
                .subscriptions()
                .getFirst();

        assertThat(kept.expression()).isEqualTo("TagA || TagB");
        assertThat(kept.tagHashes()).containsExactlyInAnyOrder("TagA".hashCode(), "TagB".hashCode());
        assertThat(kept.version()).isEqualTo(17);
        assertThat(live.broker.clients().producers("PG1")).hasSize(1);
    }

    @Test
    void asksForAFullHeartbeatWhenABriefOneComesFirst() {
        assertThat(peer.call(RequestCode.HEART_BEAT, heartbeat("c1", "CG1", "T1", true))
                        .ext())
                .containsEntry("IS_SUB_CHANGE", "true");
        beat(peer, "c1");

        assertThat(peer.call(RequestCode.HEART_BEAT, heartbeat("c1", "CG1", "T1", true))
                        .ext())
                .containsEntry("IS_SUB_CHANGE", "false");
        assertThat(Objects.requireNonNull(live.broker.clients().group("CG1")).subscriptions())
                .hasSize(1);
    }

    @Test
    void passesOverAGroupWhoseNameCannotBeOne() {
        Response response = peer.call(RequestCode.HEART_BEAT, heartbeat("c1", "no name!", "T1", false));

        assertThat(response.code()).isZero();
        assertThat(live.broker.clients().groups()).isEmpty();
    }

    @Test
    void acceptsSqlInAHeartbeat() {
        Reply sql = body("{'clientID':'c1','consumerDataSet':[{'groupName':'CG1','subscriptionDataSet':"
                + "[{'topic':'T1','subString':'a > 1','subVersion':3,'expressionType':'SQL92'}]}]}");

        assertThat(peer.call(RequestCode.HEART_BEAT, sql).code()).isZero();

        assertThat(Objects.requireNonNull(live.broker.clients().group("CG1")).subscriptions())
                .extracting(Subscription::type)
                .containsExactly("SQL92");
    }

    @Test
    void tellsMembersOfEachOtherAndListsThem() {
        Peer second = live.connect();
        beat(peer, "c2");
        beat(second, "c1");

        await("both were told", () -> peer.notices.size() == 2 && second.notices.size() == 1);
        Reply group = Reply.ok().ext("consumerGroup", "CG1");
        assertThat(ids(peer.call(RequestCode.GET_CONSUMER_LIST_BY_GROUP, group)))
                .containsExactly("c1", "c2");

        second.close();
        await("the other's leaving was told", () -> peer.notices.size() == 3);
        assertThat(ids(peer.call(RequestCode.GET_CONSUMER_LIST_BY_GROUP, group)))
                .containsExactly("c2");
    }

    @Test
    void saysThatAGroupHasNoMembers() {
        Response response =
                peer.call(RequestCode.GET_CONSUMER_LIST_BY_GROUP, Reply.ok().ext("consumerGroup", "CG9"));

        assertThat(response.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(response.remark()).isEqualTo("no consumer for this group, CG9");
    }

    @Test
    void forgetsAClientThatSaysGoodbye() {
        beat(peer, "c1");

        Response response = peer.call(
                RequestCode.UNREGISTER_CLIENT,
                Reply.ok().ext("clientID", "c1").ext("producerGroup", "PG1").ext("consumerGroup", "CG1"));

        assertThat(response.code()).isZero();
        assertThat(live.broker.clients().groups()).isEmpty();
        assertThat(live.broker.clients().allProducers()).isEmpty();
    }

    @Test
    void locksAQueueForOneClientAndRepeatsItsBrokerName() {
        String queues = "'mqSet':[{'brokerName':'broker-a','queueId':0,'topic':'T1'},"
                + "{'brokerName':'broker-a','queueId':1,'topic':'T1'}],'onlyThisBroker':false}";
        String first = "{'clientId':'c1','consumerGroup':'CG1'," + queues;
        String second = "{'clientId':'c2','consumerGroup':'CG1'," + queues;

        assertThat(locked(first))
                .hasSize(2)
                .allMatch(queue -> queue.getString("brokerName").equals("broker-a"));
        assertThat(locked(second)).isEmpty();
        assertThat(peer.call(RequestCode.UNLOCK_BATCH_MQ, body(first)).code()).isZero();
        assertThat(locked(second))
                .extracting(queue -> queue.getIntValue("queueId"))
                .containsExactlyInAnyOrder(0, 1);
    }

    private List<JSONObject> locked(String request) {
        Response response = peer.call(RequestCode.LOCK_BATCH_MQ, body(request));
        assertThat(response.code()).isZero();
        return JSON.parseObject(response.body()).getList("lockOKMQSet", JSONObject.class);
    }

    @Test
    void checksAConsumersFilterBeforeItStarts() {
        assertThat(checked("'subString':'a'").code()).isZero();
        assertThat(checked("'subString':'a > 1','expressionType':'SQL92'").code())
                .isZero();

        Response wrong = checked("'subString':'a > 1 1','expressionType':'SQL92'");
        assertThat(wrong.code()).isEqualTo(ResponseCode.SUBSCRIPTION_PARSE_FAILED);
        assertThat(wrong.remark())
                .isEqualTo("the filter expression is wrong at character 7: "
                        + "expected an operator, AND, OR or the end, found '1'");
        assertThat(checked("'expressionType':'SQL92'").code()).isEqualTo(ResponseCode.SUBSCRIPTION_PARSE_FAILED);

        Response other = checked("'subString':'a','expressionType':'XPATH'");
        assertThat(other.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(other.remark()).isEqualTo("The broker does not support consumer to filter message by XPATH");
        assertThat(checked("'subString':'a.b.C','classFilterMode':true").code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
    }

    private Response checked(String subscription) {
        return checkedBody("{'clientId':'c','group':'CG1','subscriptionData':{'topic':'T'," + subscription + "}}");
    }

    private Response checkedBody(String json) {
        return peer.call(RequestCode.CHECK_CLIENT_CONFIG, body(json));
    }

    @Test
    void saysWhatAFiltersCheckWantedWhereSomethingElseStands() {
        assertThat(checkedBody("{'subscriptionData':'{}'}").remark())
                .isEqualTo("the body's field subscriptionData must be an object, not {}");
        assertThat(checkedBody("{'subscriptionData':7}").remark()).contains("must be an object, not 7");
        assertThat(checked("'subString':['a']").remark()).contains("subString must be a text");
        assertThat(checked("'subString':'a','expressionType':{}").remark()).contains("expressionType must be a text");
        assertThat(checkedBody("{}").code()).isZero();
    }

    @Test
    void refusesBodiesThatAreNoJsonAndServesOn() {
        for (String junk :
                List.of("", "[]", "nonsense", "{'clientID':1,'consumerDataSet':[3]}", "{'consumerDataSet':[]}")) {
            assertThat(peer.call(RequestCode.HEART_BEAT, body(junk)).code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        }
        assertThat(beat(peer, "c1").code()).isZero();
    }
}
