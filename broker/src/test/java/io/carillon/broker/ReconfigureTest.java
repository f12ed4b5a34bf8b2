package io.carillon.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Agent;
import io.carillon.base.ByteSize;
import io.carillon.base.Counters;
import io.carillon.broker.client.ClientChannel;
import io.carillon.broker.client.Identity;
import io.carillon.broker.client.TransactionCheck;
import io.carillon.broker.consume.LongPolls.Parking;
import io.carillon.broker.consume.Poll;
import io.carillon.broker.consume.PopPoll;
import io.carillon.broker.consume.Pull;
import io.carillon.broker.consume.PullPlan;
import io.carillon.broker.consume.PullResult;
import io.carillon.broker.filter.Filters.Outcome;
import io.carillon.broker.filter.MessageFilter;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.pop.Pop;
import io.carillon.broker.pop.PopResult;
import io.carillon.broker.produce.Intake;
import io.carillon.broker.produce.Refused;
import io.carillon.broker.produce.Refused.Reason;
import io.carillon.broker.produce.Send;
import io.carillon.log.AppendBatch;
import io.carillon.message.MessageProperties;
import io.carillon.message.QueueId;
import io.carillon.message.SysFlag;
import io.carillon.message.Topic;
import io.carillon.testkit.Changed;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What may change while a broker runs takes effect without another start. */
class ReconfigureTest {
    private static final String TOPIC = "T";

    private final ManualTicker ticker = new ManualTicker();
    private BrokerConfig config = SmallBroker.config();
    private final Broker broker =
            Broker.open(config, new LossyStorage(), ticker, new Counters(), new SplittableRandom(1), Runnable::run);
    private int sent;

    ReconfigureTest() {
        broker.produce().storeHost(new InetSocketAddress("10.0.0.1", 10911));
        broker.topics().put(Topic.of(TOPIC, 1), _ -> {});
        broker.groups().createIfAbsent("G", _ -> {});
        work();
    }

    @AfterEach
    void close() {
        broker.close();
    }

    private void work() {
        SmallBroker.work(broker);
    }

    private void pass(Duration time) {
        ticker.advance(time);
        work();
    }

    private void change(Object... namesAndValues) {
        config = Changed.copy(config, namesAndValues);
        broker.reconfigure(config);
        work();
    }

    private void changePop(Object... namesAndValues) {
        change("pop", Changed.copy(config.pop(), namesAndValues));
    }

    private void changeTransaction(Object... namesAndValues) {
        change("transaction", Changed.copy(config.transaction(), namesAndValues));
    }

    private Send message(String topic, int bytes, Map<String, String> more, int sysFlag) {
        Send send = new Send();
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(name, 0, send.topic, 0, name.length);
        send.topicBytes = name.length;
        Map<String, String> properties = new HashMap<>(more);
        properties.put(MessageProperties.UNIQ_KEY, "m" + sent++);
        byte[] encoded = MessageProperties.encode(properties);
        System.arraycopy(encoded, 0, send.properties, 0, encoded.length);
        send.propertiesBytes = encoded.length;
        send.bornHost = new byte[] {1, 2, 3, 4, 0, 0, 0, 5};
        send.sysFlag = sysFlag;
        send.template = "TBW102";
        send.templateQueues = 4;
        send.body = ByteBuffer.wrap(new byte[bytes]);
        return send;
    }

    /** Why it was not taken, or null; what it needs is made. */
    private @Nullable Reason send(Send send) {
        AppendBatch batch = new AppendBatch(_ -> {});
        Refused refused = broker.produce().take(send, new Intake(), batch);
        if (refused != null && refused.reason() == Reason.TO_MAKE) {
            refused = broker.produce().createFor(send, _ -> {});
            work();
            return refused == null ? send(send) : refused.reason();
        }
        if (refused == null) {
            broker.log().append(batch);
            work();
        }
        return refused == null ? null : refused.reason();
    }

    private @Nullable Reason send(String topic, int bytes, Map<String, String> more, int sysFlag) {
        return send(message(topic, bytes, more, sysFlag));
    }

    private @Nullable Reason send(int bytes) {
        return send(TOPIC, bytes, Map.of(), 0);
    }

    private @Nullable Reason prepare() {
        return send(
                TOPIC,
                1,
                Map.of(MessageProperties.TRAN_MSG, "true", MessageProperties.PGROUP, "P"),
                SysFlag.TRANSACTION_PREPARED);
    }

    private long pulled() {
        Pull pull = new Pull("G", TOPIC, 0, 0, 32, 0, -1, "*", "TAG", 0);
        PullResult result = broker.pull().look(pull, this, new PullPlan());
        assertThat(result).isInstanceOf(PullResult.Looked.class);
        return ((PullResult.Looked) result).next();
    }

    private int popped(int max) {
        List<PopResult> told = new ArrayList<>();
        broker.pop().pop(new Pop("G", TOPIC, -1, max, 60_000, false, "", "TAG", false, null), told::add);
        work();
        return told.getFirst() instanceof PopResult.Found(var popped)
                ? popped.parts().stream().mapToInt(part -> part.count()).sum()
                : 0;
    }

    private static final class Waiting extends PopPoll {
        private boolean isResumed;

        Waiting(String topic) {
            super(topic, "G", 0, false);
        }

        @Override
        protected boolean isAlive() {
            return true;
        }

        @Override
        protected void resume() {
            isResumed = true;
        }
    }

    private static final class Producer implements ClientChannel {
        private final List<TransactionCheck> checks = new ArrayList<>();

        @Override
        public InetSocketAddress remoteAddress() {
            return InetSocketAddress.createUnresolved("producer", 1);
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void membersChanged(String group) {}

        @Override
        public boolean checkTransaction(TransactionCheck check) {
            return checks.add(check);
        }
    }

    private Producer connect() {
        Producer producer = new Producer();
        broker.clients().producer(new Identity(producer, "p", "JAVA", 513), "P");
        return producer;
    }

    private @Nullable TopicState template() {
        return broker.topics().find("TBW102");
    }

    @Test
    void makesTopicsByTheFirstSendOrNot() {
        assertThat(send("One", 1, Map.of(), 0)).isNull();

        change("autoCreateTopics", false);
        assertThat(send("Two", 1, Map.of(), 0)).isEqualTo(Reason.NO_SUCH_TOPIC);

        change("autoCreateTopics", true, "autoCreateQueues", 3);
        assertThat(send("Two", 1, Map.of(), 0)).isNull();
        assertThat(Objects.requireNonNull(broker.topics().find("One")).config().queues())
                .isEqualTo(4);
        assertThat(Objects.requireNonNull(broker.topics().find("Two")).config().queues())
                .isEqualTo(3);
        assertThat(Objects.requireNonNull(template()).config()).isEqualTo(Topic.of("TBW102", 3, 7));
    }

    @Test
    void makesTheTemplateThatWasNotThereAtTheStart() {
        try (Broker without = Broker.open(
                SmallBroker.config("b", false, 8),
                new LossyStorage(),
                ticker,
                new Counters(),
                new SplittableRandom(1),
                Runnable::run)) {
            assertThat(without.topics().find("TBW102")).isNull();

            without.reconfigure(SmallBroker.config("b", true, 5));
            without.log().agents().forEach(Agent::doWork);

            assertThat(Objects.requireNonNull(without.topics().find("TBW102")).config())
                    .isEqualTo(Topic.of("TBW102", 5, 7));
        }
    }

    @Test
    void makesGroupsByTheirFirstUseOrNot() {
        Pull pull = new Pull("Unknown", TOPIC, 0, 0, 32, 0, -1, "*", "TAG", 0);
        Pop pop = new Pop("Unknown", TOPIC, -1, 1, 60_000, false, "", "TAG", false, null);
        assertThat(broker.pull().look(pull, this, new PullPlan())).isInstanceOf(PullResult.GroupMissing.class);
        broker.pop().pop(pop, result -> assertThat(result).isInstanceOf(PopResult.GroupMissing.class));

        change("autoCreateGroups", false);
        broker.topics().put(Topic.of("%RETRY%Unknown", 1), _ -> {});
        work();

        assertThat(broker.pull().look(pull, this, new PullPlan())).isInstanceOf(PullResult.Refused.class);
        broker.pop().pop(pop, result -> assertThat(result).isInstanceOf(PopResult.Refused.class));
        assertThat(send("%RETRY%Unknown", 1, Map.of(), 0)).isEqualTo(Reason.NO_GROUP);
    }

    @Test
    void takesBodiesUpToTheSizeThatHolds() {
        assertThat(send(2000)).isNull();

        change("messageSizeMax", ByteSize.kib(1));
        assertThat(send(2000)).isEqualTo(Reason.ILLEGAL_MESSAGE);
        assertThat(send(1024)).isNull();
    }

    @Test
    void givesAsManyMessagesAndBytesToAPullAsHold() {
        for (int i = 0; i < 10; i++) {
            send(1000);
        }
        assertThat(pulled()).isEqualTo(10);

        change("pullMessagesMax", 3);
        assertThat(pulled()).isEqualTo(3);

        change("pullMessagesMax", 32, "pullBytesMax", ByteSize.kib(6));
        assertThat(pulled()).isEqualTo(5);
    }

    @Test
    void letsAsManyPullsWaitAsLongAsHold() {
        var queue = Objects.requireNonNull(broker.topics().find(TOPIC)).queue(0);
        change("longPollsMax", 1, "longPollMax", Duration.ofSeconds(2));
        int[] resumed = new int[1];
        Poll[] polls = new Poll[2];
        for (int i = 0; i < 2; i++) {
            polls[i] = new Poll(queue, 0, MessageFilter.ALL) {
                @Override
                protected void resume() {
                    resumed[0]++;
                }
            };
        }

        assertThat(broker.polls().park(polls[0], 20_000)).isEqualTo(Parking.PARKED);
        assertThat(broker.polls().park(polls[1], 20_000)).isEqualTo(Parking.FULL);
        pass(Duration.ofSeconds(3));
        assertThat(resumed[0]).isEqualTo(1);
    }

    @Test
    void letsAsManyPopsWaitAsLongAsHold() {
        changePop("pollsMax", 2);
        Waiting first = new Waiting(TOPIC);
        assertThat(broker.popPolls().park(first, 20_000)).isTrue();
        assertThat(broker.popPolls().park(new Waiting(TOPIC), 20_000)).isTrue();
        assertThat(broker.popPolls().park(new Waiting(TOPIC), 20_000)).isFalse();

        changePop("pollsMax", 10);
        change("longPollMax", Duration.ofSeconds(1), "longPollsMax", 3);
        Waiting late = new Waiting(TOPIC);
        assertThat(broker.popPolls().park(late, 20_000)).isTrue();
        assertThat(broker.popPolls().park(new Waiting("other"), 20_000)).isFalse();
        pass(Duration.ofSeconds(2));
        assertThat(late.isResumed).isTrue();
        assertThat(first.isResumed).isFalse();
    }

    @Test
    void keepsAsManyInFlightAsHold() {
        for (int i = 0; i < 10; i++) {
            send(1);
        }
        changePop("inFlightMax", 3);
        assertThat(popped(3)).isEqualTo(3);
        assertThat(popped(1)).isZero();

        changePop("inFlightMax", 100);
        assertThat(popped(1)).isEqualTo(1);
        changePop("inFlightTotalMax", 1);
        assertThat(popped(1)).isZero();
    }

    @Test
    void keepsClientsForAsLongAsHolds() {
        connect();
        pass(Duration.ofSeconds(30));
        assertThat(broker.clients().producers("P")).hasSize(1);

        change("clientTimeout", Duration.ofSeconds(20));

        assertThat(broker.clients().producers("P")).isEmpty();
    }

    @Test
    void keepsLocksForAsLongAsHolds() {
        QueueId queue = new QueueId(TOPIC, 0);
        broker.locks().lock("G", "one", List.of(queue), (_, _) -> {});
        pass(Duration.ofSeconds(30));
        assertThat(broker.locks().isHeld("G")).isTrue();

        change("lockTimeout", Duration.ofSeconds(20));

        assertThat(broker.locks().isHeld("G")).isFalse();
    }

    @Test
    void filtersByPropertiesOrNot() {
        assertThat(broker.clients().filters().of("a = 1", "SQL92")).isInstanceOf(Outcome.Ready.class);

        change("propertyFilter", false);

        assertThat(broker.clients().filters().of("a = 1", "SQL92")).isInstanceOf(Outcome.Unsupported.class);
    }

    @Test
    void dispatchesToAsManyLightQueuesAsHold() {
        change("lightQueuesMax", 0);
        assertThat(send(TOPIC, 1, Map.of("INNER_MULTI_DISPATCH", "%LMQ%one"), 0))
                .isNull();
        assertThat(broker.topics().find("%LMQ%one")).isNull();

        change("lightQueuesMax", 1);
        assertThat(send(TOPIC, 1, Map.of("INNER_MULTI_DISPATCH", "%LMQ%one"), 0))
                .isNull();
        assertThat(broker.topics().find("%LMQ%one")).isNotNull();
        assertThat(send(TOPIC, 1, Map.of("INNER_MULTI_DISPATCH", "%LMQ%two"), 0))
                .isEqualTo(Reason.NO_ROOM);
    }

    @Test
    void takesDelaysUpToTheOneThatHolds() {
        change("schedule", Changed.copy(config.schedule(), "delayMax", Duration.ofMinutes(1)));

        assertThat(send(TOPIC, 1, Map.of("TIMER_DELAY_SEC", "59"), 0)).isNull();
        assertThat(send(TOPIC, 1, Map.of("TIMER_DELAY_SEC", "61"), 0)).isEqualTo(Reason.ILLEGAL_MESSAGE);
    }

    @Test
    void takesTransactionsOrNotAndAsManyAsHold() {
        assertThat(prepare()).isNull();
        changeTransaction("enabled", false);
        assertThat(prepare()).isEqualTo(Reason.FORBIDDEN);

        changeTransaction("enabled", true, "undecidedMax", 2);
        assertThat(prepare()).isNull();
        assertThat(prepare()).isEqualTo(Reason.BUSY);
    }

    @Test
    void asksForTransactionsAsOftenAndAsLongAsHolds() {
        changeTransaction("timeout", Duration.ofSeconds(1), "checkInterval", Duration.ofSeconds(2), "checksMax", 2);
        Producer producer = connect();
        prepare();

        pass(Duration.ofMillis(1500));
        assertThat(producer.checks).hasSize(1);
        pass(Duration.ofMillis(2100));
        assertThat(producer.checks).hasSize(2);
        pass(Duration.ofMillis(2100));
        pass(Duration.ofMillis(2100));
        assertThat(producer.checks).hasSize(2);
        assertThat(broker.transactions().undecidedCount()).isZero();
    }

    @Test
    void givesUpTransactionsOfNobodyAfterTheTimeThatHolds() {
        changeTransaction("timeout", Duration.ofSeconds(1), "checkInterval", Duration.ofSeconds(1));
        prepare();
        pass(Duration.ofSeconds(30));
        assertThat(broker.transactions().undecidedCount()).isEqualTo(1);

        changeTransaction("orphanAfter", Duration.ofSeconds(10));
        pass(Duration.ofSeconds(2));

        assertThat(broker.transactions().undecidedCount()).isZero();
    }

    @Test
    void asksForAsManyTransactionsASecondAsHolds() {
        changeTransaction("timeout", Duration.ofSeconds(1), "checkRate", 1);
        Producer producer = connect();
        for (int i = 0; i < 20; i++) {
            prepare();
        }
        pass(Duration.ofMillis(1500));
        assertThat(producer.checks).hasSizeBetween(1, 2);

        changeTransaction("checkRate", 1000);
        pass(Duration.ofSeconds(1));
        for (int i = 0; i < 30; i++) {
            pass(Duration.ofMillis(10));
        }

        assertThat(producer.checks).hasSize(20);
    }

    @Test
    void handsWhatConcernsTheLogOn() {
        change("log", Changed.copy(config.log(), "hotBytes", new ByteSize(1)));
        send(1);
        send(1);

        assertThat(broker.log().isCold(broker.log().offsetMin())).isTrue();
    }
}
