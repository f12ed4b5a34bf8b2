package io.carillon.rocketmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Secret;
import io.carillon.broker.access.Action;
import io.carillon.broker.access.PolicyEntry;
import io.carillon.broker.access.PolicyEntry.Decision;
import io.carillon.broker.access.PolicyKind;
import io.carillon.broker.access.Resource;
import io.carillon.broker.access.SecretBox;
import io.carillon.broker.access.SourceRange;
import io.carillon.broker.access.User;
import io.carillon.message.MessageId;
import io.carillon.message.MessageRecord;
import io.carillon.message.SysFlag;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.LiveBroker.Peer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AccessGuardTest {
    private static final int NO_PERMISSION = ResponseCode.NO_PERMISSION;
    /** Where a record's body begins, with hosts of IPv4. */
    private static final int BODY_AT = 88;

    private static final int FORGED_BYTES = BODY_AT + 5;

    private final SecretBox box = new SecretBox(new byte[32], new Random(1));
    private final LiveBroker live;
    private Peer client;

    AccessGuardTest() throws IOException {
        live = new LiveBroker(box);
        client = live.connect();
    }

    @BeforeEach
    void makeUsers() {
        user("root", true, true);
        user("alice", false, true);
        user("gone", false, false);
        live.makeTopic("T1", 1);
        live.makeTopic("T2", 1);
    }

    @AfterEach
    void end() {
        client.close();
        live.close();
    }

    private void user(String name, boolean isSuper, boolean isEnabled) {
        AtomicBoolean done = new AtomicBoolean();
        byte[] secret = secretOf(name).bytes();
        live.broker
                .access()
                .createUser(new User(name, box.seal(name, secret), isSuper, isEnabled), _ -> done.set(true));
        LiveBroker.await("user " + name, done::get);
    }

    private static Secret secretOf(String name) {
        return Secret.of("the secret of " + name);
    }

    private void allow(String user, String resource, Action... actions) {
        put(user, resource, Decision.ALLOW, List.of(), actions);
    }

    private void put(String user, String resource, Decision decision, List<SourceRange> from, Action... actions) {
        AtomicBoolean done = new AtomicBoolean();
        Set<Action> all = EnumSet.copyOf(Arrays.asList(actions));
        live.broker
                .access()
                .putEntries(
                        user,
                        PolicyKind.CUSTOM,
                        List.of(new PolicyEntry(Resource.parse(resource), all, from, decision)),
                        _ -> done.set(true));
        LiveBroker.await("policy", done::get);
    }

    private static Reply as(String user, Reply request) {
        return new Credentials(user, secretOf(user)).sign(request);
    }

    private static Reply send(String topic) {
        return LiveBroker.message(topic, 0, "", "hello");
    }

    private static Reply pull(String group, String topic) {
        return Reply.ok()
                .ext("consumerGroup", group)
                .ext("topic", topic)
                .ext("queueId", 0)
                .ext("queueOffset", 0)
                .ext("maxMsgNums", 1)
                .ext("sysFlag", 0)
                .ext("commitOffset", 0)
                .ext("suspendTimeoutMillis", 0)
                .ext("subscription", "*")
                .ext("subVersion", 0);
    }

    private void assertRefused(Response response, String... says) {
        assertThat(response.code()).as(response.remark()).isEqualTo(NO_PERMISSION);
        assertThat(response.remark()).contains(says);
    }

    private void assertDone(Response response) {
        assertThat(response.code()).as(response.remark()).isZero();
    }

    @Test
    void refusesEveryCodeToStrangers() {
        for (int code : live.dispatcher.codes()) {
            try (Peer stranger = live.connect()) {
                live.clock.advance(Duration.ofMinutes(1)); // or there would be too many failed tries
                assertRefused(stranger.call(code, Reply.ok().ext("topic", "T1")), "username cannot be null.");
            }
        }
    }

    @Test
    void refusesEveryCodeThatTakesARightToAUserWithoutAny() {
        Reply all = Reply.ok();
        for (String field : List.of(
                "topic",
                "b",
                "consumerGroup",
                "group",
                "groupName",
                "compareGroup",
                "srcGroup",
                "destGroup",
                "originTopic")) {
            all.ext(field, "X");
        }
        all.body(("{'groupName':'X','clientID':'c','clientId':'c','consumerGroup':'X','topic':'X','group':'X',"
                        + "'mqSet':[{'topic':'X','brokerName':'b','queueId':0}],'consumerDataSet':[{'groupName':'X'}],"
                        + "'topicConfigList':[{'topicName':'X'}],'groupConfigList':[{'groupName':'X'}],"
                        + "'acks':[{'c':'X','t':'X'}],'subscriptionSet':[{'group':'X','topic':'X'}]}")
                .replace('\'', '"')
                .getBytes(UTF_8));
        for (int code : live.dispatcher.codes()) {
            Reply request = Reply.ok().body(all.body());
            all.ext().forEach(request::ext);
            Permission permission = Permissions.table().of(code);
            assertThat(permission).isNotNull();
            // What takes the right at a half's topic is known only when the half was found: see the transactions below.
            if (!permission.says().equals("any user") && code != RequestCode.END_TRANSACTION) {
                assertRefused(client.call(code, as("alice", request)), "User:alice has no permission to access");
            }
        }
    }

    @Test
    void saysWhatIsWrongWithASignature() {
        assertRefused(client.call(RequestCode.SEND_MESSAGE_V2, as("nobody", send("T1"))), "User:nobody is not found.");
        assertRefused(client.call(RequestCode.SEND_MESSAGE_V2, as("gone", send("T1"))), "User:gone is disabled.");
        Reply wrong = new Credentials("alice", Secret.of("a guess")).sign(send("T1"));
        assertRefused(client.call(RequestCode.SEND_MESSAGE_V2, wrong), "check signature failed.");
        Reply changed = as("root", send("T1")).ext("b", "T2");
        assertRefused(client.call(RequestCode.SEND_MESSAGE_V2, changed), "check signature failed.");
        Reply otherBody = as("root", send("T1")).body("bye".getBytes(UTF_8));
        assertRefused(client.call(RequestCode.SEND_MESSAGE_V2, otherBody), "check signature failed.");
        Reply unsigned = send("T1").ext(Session.ACCESS_KEY, "root");
        assertRefused(client.call(RequestCode.SEND_MESSAGE_V2, unsigned), "check signature failed.");
    }

    @Test
    void letsASuperUserDoEverything() {
        assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("root", send("T1"))));
        assertThat(client.call(RequestCode.PULL_MESSAGE, as("root", pull("G", "T1")))
                        .code())
                .isEqualTo(ResponseCode.SUBSCRIPTION_NOT_EXIST);
        assertDone(client.call(RequestCode.GET_BROKER_CONFIG, as("root", Reply.ok())));
    }

    @Test
    void takesNoOtherUsersSignatureForOneWhoseSecretCannotBeOpened() {
        SecretBox other = new SecretBox("another key of thirty-two bytes!".getBytes(UTF_8), new Random(2));
        AtomicBoolean done = new AtomicBoolean();
        User sealedElsewhere = new User("mallory", other.seal("mallory", new byte[] {1}), true, true);
        live.broker.access().createUser(sealedElsewhere, _ -> done.set(true));
        LiveBroker.await("user", done::get);
        allow("alice", "Topic:T1", Action.PUB);
        assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("alice", send("T1"))));

        for (int i = 0; i < 2; i++) { // with the session's memory of alice, and then of mallory
            Reply request = send("T1").ext(Session.ACCESS_KEY, "mallory");
            Reply signed = signedWith("alice", request);
            assertRefused(client.call(RequestCode.SEND_MESSAGE_V2, signed), "check signature failed.");
        }
    }

    /** Signs what says that it is from another user. */
    private static Reply signedWith(String user, Reply request) {
        String name = request.ext().get(Session.ACCESS_KEY);
        Reply signed = new Credentials(String.valueOf(name), secretOf(user)).sign(request);
        return signed;
    }

    @Test
    void letsAUserSendWhereAPolicySaysSo() {
        allow("alice", "Topic:T1", Action.PUB);

        assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("alice", send("T1"))));
        assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("alice", send("T1"))));
        assertRefused(
                client.call(RequestCode.SEND_MESSAGE_V2, as("alice", send("T2"))),
                "User:alice has no permission to access Topic:T2 from 127.0.0.1, no matched policies.");
        assertRefused(client.call(RequestCode.PULL_MESSAGE, as("alice", pull("G", "T1"))), "Group:G");
    }

    @Test
    void needsBothTopicAndGroupToPull() {
        allow("alice", "Topic:T1", Action.SUB);
        assertRefused(client.call(RequestCode.PULL_MESSAGE, as("alice", pull("G", "T1"))), "Group:G");

        allow("alice", "Group:G", Action.SUB);
        assertThat(client.call(RequestCode.PULL_MESSAGE, as("alice", pull("G", "T1")))
                        .code())
                .isEqualTo(ResponseCode.SUBSCRIPTION_NOT_EXIST);
        assertRefused(client.call(RequestCode.PULL_MESSAGE, as("alice", pull("G", "T2"))), "Topic:T2");
        assertRefused(client.call(RequestCode.PULL_MESSAGE, as("alice", pull("G", "%RETRY%other"))), "Group:other");
        assertRefused(client.call(RequestCode.PULL_MESSAGE, as("alice", pull("G", "%DLQ%other"))), "Group:other");
    }

    @Test
    void givesNobodyAMessageOfATopicThatIsNotHisByItsOffset() {
        allow("alice", "Topic:T1", Action.SUB, Action.PUB);
        allow("alice", "Group:G", Action.SUB);
        assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("root", send("T2"))));
        assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("root", send("T1"))));
        long ofOther = offsetOf("T2");
        long own = offsetOf("T1");

        assertRefused(client.call(RequestCode.VIEW_MESSAGE_BY_ID, as("alice", view(ofOther, "T1"))), "topic");
        assertRefused(client.call(RequestCode.VIEW_MESSAGE_BY_ID, as("alice", view(ofOther, "T2"))), "Topic:T2");
        assertDone(client.call(RequestCode.VIEW_MESSAGE_BY_ID, as("alice", view(own, "T1"))));
        assertRefused(client.call(RequestCode.CONSUMER_SEND_MSG_BACK, as("alice", back(ofOther, "T1"))), "topic");
        assertThat(client.call(RequestCode.CONSUMER_SEND_MSG_BACK, as("alice", back(own, "T1")))
                        .code())
                .isNotEqualTo(NO_PERMISSION);
    }

    @Test
    void takesNothingWithinABodyForAMessage() {
        allow("alice", "Topic:T1", Action.SUB, Action.PUB);
        long first = stored(new byte[FORGED_BYTES]);
        long second = stored(new byte[FORGED_BYTES]);
        long forgedAt = second + (second - first) + BODY_AT;
        assertThat(stored(forged(forgedAt))).isEqualTo(forgedAt - BODY_AT);
        assertDone(client.call(
                RequestCode.SEND_MESSAGE_V2, as("root", LiveBroker.message("T2", 0, "", "nothing for alice"))));
        MemorySegment record = live.broker.log().record(forgedAt);
        assertThat(record).isNotNull();
        assertThat(new String(record.toArray(ValueLayout.JAVA_BYTE), UTF_8)).contains("nothing for alice");

        assertRefused(client.call(RequestCode.VIEW_MESSAGE_BY_ID, as("alice", view(forgedAt, "T1"))), "topic");
        assertDone(client.call(RequestCode.VIEW_MESSAGE_BY_ID, as("alice", view(second, "T1"))));
    }

    /** @return where a message of alice's with this body stands in the log */
    private long stored(byte[] body) {
        Response sent = client.call(
                RequestCode.SEND_MESSAGE_V2,
                as("alice", LiveBroker.message("T1", 0, "", "").body(body)));
        assertDone(sent);
        return MessageId.parse(sent.ext().get("msgId")).logOffset();
    }

    /** The beginning of a record of T1 that says that it stands there, and that what follows are its properties. */
    private static byte[] forged(long at) {
        int properties = 400;
        return ByteBuffer.allocate(FORGED_BYTES)
                .putInt(0, FORGED_BYTES + properties)
                .putInt(4, MessageRecord.MAGIC_V1)
                .putLong(MessageRecord.PHYSICAL_OFFSET_AT, at)
                .put(BODY_AT, (byte) 2)
                .put(BODY_AT + 1, "T1".getBytes(UTF_8))
                .putShort(BODY_AT + 3, (short) properties)
                .array();
    }

    @Test
    void hasNoConsumerShownAMessageOfATopicThatIsNotItsUsers() {
        allow("alice", "Topic:T1", Action.SUB);
        allow("alice", "Group:G", Action.SUB);
        assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("root", send("T2"))));
        assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("root", send("T1"))));
        AtomicInteger shown = new AtomicInteger();
        try (Peer consumer = live.connect(new Dispatcher().on(RequestCode.CONSUME_MESSAGE_DIRECTLY, request -> {
            shown.incrementAndGet();
            request.reply(Reply.ok());
        }))) {
            assertDone(consumer.call(RequestCode.HEART_BEAT, as("alice", Heartbeats.of("c", "G", "CLUSTERING", "T1"))));

            assertRefused(consumer.call(RequestCode.CONSUME_MESSAGE_DIRECTLY, as("alice", consume("T2", ""))), "topic");
            assertRefused(
                    consumer.call(RequestCode.CONSUME_MESSAGE_DIRECTLY, as("alice", consume("T2", "T1"))), "topic");
            assertThat(shown).hasValue(0);
            assertDone(consumer.call(RequestCode.CONSUME_MESSAGE_DIRECTLY, as("alice", consume("T1", "T1"))));
            assertDone(client.call(RequestCode.CONSUME_MESSAGE_DIRECTLY, as("root", consume("T2", ""))));
            assertThat(shown).hasValue(2);
        }
    }

    private Reply consume(String ofTopic, String named) {
        byte[] host = {127, 0, 0, 1, 0, 0, 0x2A, (byte) 0x9F};
        String id = new String(new OffsetId().of(host, offsetOf(ofTopic)), UTF_8);
        Reply question =
                Reply.ok().ext("consumerGroup", "G").ext("clientId", "c").ext("msgId", id);
        return named.isEmpty() ? question : question.ext("topic", named);
    }

    @Test
    void asksNobodyAboutATransactionWhoMayNotSendToItsTopic() {
        live.runCheckBack();
        allow("alice", "Topic:T1", Action.PUB);
        for (String topic : List.of("T2", "T1")) {
            String properties =
                    LiveBroker.properties("TRAN_MSG", "true", "PGROUP", "P", "UNIQ_KEY", "half of " + topic);
            Reply half =
                    LiveBroker.message(topic, 0, properties, "not committed").ext("f", 4);
            assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("root", half)));
        }
        byte[] heartbeat = json("{'clientID':'c','producerDataSet':[{'groupName':'P'}]}");
        try (Peer producer = live.connect()) {
            assertDone(
                    producer.call(RequestCode.HEART_BEAT, as("alice", Reply.ok().body(heartbeat))));

            live.clock.advanceMs(7_000);
            live.awaitWhileTimePasses("a check", () -> !producer.asked.isEmpty());
            live.clock.advanceMs(31_000);
            live.awaitWhileTimePasses("a second check", () -> producer.asked.size() > 1);

            assertThat(producer.asked)
                    .allMatch(asked -> "T1".equals(asked.fields().get("topic")));
        }
    }

    private long offsetOf(String topic) {
        var queue = live.broker.log().queue(topic, 0);
        var entry = new io.carillon.log.QueueEntry();
        LiveBroker.await("message in " + topic, () -> queue.read(0, entry));
        return entry.logOffset;
    }

    private static Reply view(long offset, String topic) {
        return Reply.ok().ext("offset", offset).ext("topic", topic);
    }

    private static Reply back(long offset, String topic) {
        return Reply.ok()
                .ext("group", "G")
                .ext("offset", offset)
                .ext("originTopic", topic)
                .ext("delayLevel", 1);
    }

    @Test
    void takesARightAwayAtOnceThatWasUsedBefore() {
        allow("alice", "Topic:T*", Action.PUB);
        assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("alice", send("T1"))));

        put("alice", "Topic:T1", Decision.DENY, List.of(), Action.PUB);

        assertRefused(client.call(RequestCode.SEND_MESSAGE_V2, as("alice", send("T1"))), "the decision is deny.");
        assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("alice", send("T2"))));
    }

    @Test
    void looksAtTheSourceAddress() {
        put("alice", "Topic:T1", Decision.ALLOW, List.of(SourceRange.parse("10.0.0.0/8")), Action.PUB);
        assertRefused(client.call(RequestCode.SEND_MESSAGE_V2, as("alice", send("T1"))), "no matched policies.");

        put("alice", "Topic:T1", Decision.ALLOW, List.of(SourceRange.parse("127.0.0.0/8")), Action.PUB);
        assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("alice", send("T1"))));
    }

    @Test
    void takesEachConnectionsUserForWhatHeIs() {
        allow("alice", "Topic:T1", Action.PUB);

        for (int i = 0; i < 3; i++) { // on one connection, in turns
            assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("root", send("T2"))));
            assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("alice", send("T1"))));
            assertRefused(client.call(RequestCode.SEND_MESSAGE_V2, as("alice", send("T2"))), "Topic:T2");
        }
    }

    @Test
    void takesAnOrderFromASecondConnectionForAReplay() {
        Reply order = as(
                "root",
                Reply.ok()
                        .ext("topic", "T9")
                        .ext("defaultTopic", "TBW102")
                        .ext("readQueueNums", 1)
                        .ext("writeQueueNums", 1)
                        .ext("perm", 6)
                        .ext("topicFilterType", "SINGLE_TAG")
                        .ext("order", false));
        assertDone(client.call(RequestCode.UPDATE_AND_CREATE_TOPIC, order));

        try (Peer attacker = live.connect()) {
            assertRefused(attacker.call(RequestCode.UPDATE_AND_CREATE_TOPIC, order), "replay");
            assertDone(client.call(RequestCode.UPDATE_AND_CREATE_TOPIC, order));

            live.clock.advance(Duration.ofMinutes(5));
            assertDone(attacker.call(RequestCode.UPDATE_AND_CREATE_TOPIC, order));
        }
    }

    @Test
    void doesNotListenToWhoGuesses() {
        Reply guess = new Credentials("root", Secret.of("a guess")).sign(send("T1"));
        for (int i = 0; i < 20; i++) {
            try (Peer attacker = live.connect()) {
                assertRefused(attacker.call(RequestCode.SEND_MESSAGE_V2, guess), "check signature failed.");
            }
        }

        try (Peer attacker = live.connect()) {
            assertRefused(attacker.call(RequestCode.SEND_MESSAGE_V2, as("root", send("T1"))), "too many failed tries");
        }

        allow("alice", "Topic:T1", Action.PUB);
        try (Peer other = live.connect()) { // from the same address
            assertDone(other.call(RequestCode.SEND_MESSAGE_V2, as("alice", send("T1"))));
            assertRefused(other.call(RequestCode.SEND_MESSAGE_V2, guess), "too many failed tries");
        }

        live.clock.advance(Duration.ofSeconds(2));
        assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("root", send("T1"))));
        for (int i = 0; i < 30; i++) { // who has shown who he is may err
            assertRefused(client.call(RequestCode.SEND_MESSAGE_V2, guess), "check signature failed.");
        }
        assertDone(client.call(RequestCode.SEND_MESSAGE_V2, as("root", send("T1"))));
    }

    @Test
    void makesNoUsersWhileNobodyIsChecked() throws IOException {
        try (LiveBroker open = new LiveBroker();
                Peer anybody = open.connect()) {
            Reply user = Reply.ok().ext("username", "mallory").body("{\"password\":\"x\"}".getBytes(UTF_8));
            Response response = anybody.call(RequestCode.AUTH_CREATE_USER, user);

            assertThat(response.code()).isEqualTo(ResponseCode.SYSTEM_ERROR);
            assertThat(response.remark()).contains("--secure");
            assertThat(open.broker.access().current().users()).isEmpty();
        }
    }

    @Test
    void letsNobodyBecomeMoreThanHeIs() {
        allow("alice", "Cluster:DefaultCluster", Action.UPDATE);
        Reply superUser = Reply.ok().ext("username", "eve").body(json("{'password':'x','userType':'Super'}"));
        assertThat(client.call(RequestCode.AUTH_CREATE_USER, as("alice", superUser))
                        .code())
                .isEqualTo(ResponseCode.SYSTEM_ERROR);
        Reply self = Reply.ok().ext("username", "alice").body(json("{'userType':'Super'}"));
        assertRefused(client.call(RequestCode.AUTH_UPDATE_USER, as("alice", self)), "super user");
        Reply other = Reply.ok().ext("username", "root").body(json("{'password':'mine now'}"));
        assertRefused(client.call(RequestCode.AUTH_UPDATE_USER, as("alice", other)), "super user");
        assertRefused(
                client.call(RequestCode.AUTH_DELETE_USER, as("alice", Reply.ok().ext("username", "root"))),
                "super user");

        Reply normal = Reply.ok().ext("username", "eve").body(json("{'password':'x'}"));
        assertDone(client.call(RequestCode.AUTH_CREATE_USER, as("alice", normal)));
        assertThat(live.broker.access().current().find("eve"))
                .isNotNull()
                .matches(user -> !user.isSuper(), "is normal");
    }

    private static byte[] json(String text) {
        return text.replace('\'', '"').getBytes(UTF_8);
    }

    @Test
    void letsATransactionBeDecidedOnlyByWhomMaySendToItsTopicWhateverTheRequestNames() {
        allow("alice", "Topic:T2", Action.PUB);
        String properties = LiveBroker.properties("TRAN_MSG", "true", "PGROUP", "P", "UNIQ_KEY", "U1");
        Response half = client.call(
                RequestCode.SEND_MESSAGE_V2,
                as("root", LiveBroker.message("T1", 0, properties, "hello").ext("f", 4)));
        assertDone(half);

        assertRefused(client.call(RequestCode.END_TRANSACTION, as("alice", commit(half))), "its topic");
        assertRefused(
                client.call(
                        RequestCode.END_TRANSACTION, as("alice", commit(half).ext("topic", "T2"))),
                "its topic");
        assertThat(live.broker.transactions().undecidedCount()).isEqualTo(1);

        allow("alice", "Topic:T1", Action.PUB);
        assertDone(client.call(RequestCode.END_TRANSACTION, as("alice", commit(half))));
        assertThat(live.broker.log().queue("T1", 0).offsetMax()).isEqualTo(1);
    }

    @Test
    void letsATransactionBeResumedOnlyByWhomMaySendToItsTopicWhateverTheRequestNames() {
        allow("alice", "Topic:T2", Action.PUB, Action.UPDATE);
        String properties = LiveBroker.properties("TRAN_MSG", "true", "PGROUP", "P", "UNIQ_KEY", "U1");
        Response half = client.call(
                RequestCode.SEND_MESSAGE_V2,
                as("root", LiveBroker.message("T1", 0, properties, "hello").ext("f", 4)));
        Reply ofOther = resume(half).ext("topic", "T2");

        assertRefused(client.call(RequestCode.RESUME_CHECK_HALF_MESSAGE, as("alice", resume(half))), "Cluster:");
        assertRefused(
                client.call(
                        RequestCode.RESUME_CHECK_HALF_MESSAGE,
                        as("alice", resume(half).ext("topic", "T1"))),
                "Topic:T1");
        assertRefused(client.call(RequestCode.RESUME_CHECK_HALF_MESSAGE, as("alice", ofOther)), "its topic");

        allow("alice", "Topic:T1", Action.PUB, Action.UPDATE);
        Reply named = resume(half).ext("topic", "T1");
        assertDone(client.call(RequestCode.RESUME_CHECK_HALF_MESSAGE, as("alice", named)));
        allow("alice", "Cluster:*", Action.UPDATE);
        assertDone(client.call(RequestCode.RESUME_CHECK_HALF_MESSAGE, as("alice", resume(half))));
    }

    private static Reply resume(Response half) {
        return Reply.ok().ext("msgId", half.ext().get("msgId"));
    }

    @Test
    void letsAProducerOfAnotherNamespaceNameItsTopicWithoutIt() {
        live.makeTopic("ns%T1", 1);
        allow("alice", "Topic:ns%T1", Action.PUB);
        String properties = LiveBroker.properties("TRAN_MSG", "true", "PGROUP", "P", "UNIQ_KEY", "U1");
        Response half = client.call(
                RequestCode.SEND_MESSAGE_V2,
                as("alice", LiveBroker.message("ns%T1", 0, properties, "hello").ext("f", 4)));
        assertDone(half);

        assertDone(client.call(
                RequestCode.END_TRANSACTION, as("alice", commit(half).ext("topic", "T1"))));

        assertThat(live.broker.log().queue("ns%T1", 0).offsetMax()).isEqualTo(1);
    }

    @Test
    void dispatchesToALightQueueOnlyForWhomMaySendToIt() {
        allow("alice", "Topic:T1", Action.PUB);
        String properties = LiveBroker.properties("INNER_MULTI_DISPATCH", "%LMQ%a");

        assertRefused(
                client.call(RequestCode.SEND_MESSAGE_V2, as("alice", LiveBroker.message("T1", 0, properties, "hello"))),
                "%LMQ%a");
        assertThat(live.broker.topics().find("%LMQ%a")).isNull();

        allow("alice", "Topic:%LMQ%a", Action.PUB);
        assertDone(client.call(
                RequestCode.SEND_MESSAGE_V2, as("alice", LiveBroker.message("T1", 0, properties, "hello"))));
        assertThat(live.broker.log().queue("%LMQ%a", 0).offsetMax()).isEqualTo(1);
    }

    private static Reply commit(Response half) {
        return Reply.ok()
                .ext("producerGroup", "P")
                .ext("tranStateTableOffset", half.ext().get("queueOffset"))
                .ext("commitLogOffset", MessageId.parse(half.ext().get("msgId")).logOffset())
                .ext("commitOrRollback", SysFlag.TRANSACTION_COMMIT);
    }
}
