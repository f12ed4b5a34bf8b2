package io.carillon.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.client.TransactionCheck;
import io.carillon.broker.produce.Intake;
import io.carillon.broker.produce.Refused;
import io.carillon.broker.produce.Send;
import io.carillon.broker.retry.RetryPolicy;
import io.carillon.broker.retry.SendBack;
import io.carillon.broker.retry.SentBack;
import io.carillon.broker.transaction.Ended.Reason;
import io.carillon.log.AppendBatch;
import io.carillon.log.Refusal;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.SysFlag;
import io.carillon.message.TopicName;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TransactionServiceTest {
    private static final byte[] BODY = "hello".getBytes(StandardCharsets.UTF_8);
    private static final String T = "T";

    private final ManualTicker ticker = new ManualTicker();
    private TransactionConfig config = TransactionConfig.DEFAULT;
    private TransactionDriver driver = open(new LossyStorage());

    TransactionServiceTest() {
        driver.makeTopic(T, 4);
    }

    private TransactionDriver open(LossyStorage disk) {
        return new TransactionDriver(disk, ticker, TransactionDriver.config(config, 1 << 20, Duration.ofDays(3)));
    }

    private void reopen(TransactionConfig changed) {
        config = changed;
        driver = open(driver.disk.afterPowerLoss(Loss.everything()));
    }

    private record Place(long half, long logOffset) {}

    private Place prepare(Send send) {
        List<AppendBatch> stored = new ArrayList<>();
        assertThat(driver.take(send, stored::add)).isNull();
        driver.work();
        assertThat(stored).hasSize(1);
        assertThat(stored.getFirst().refusal()).isNull();
        return new Place(stored.getFirst().queueOffset(0), stored.getFirst().logOffset(0));
    }

    private Place prepare(String uniqueId) {
        return prepare(TransactionDriver.send(T, 2, TransactionDriver.half(uniqueId), BODY));
    }

    private static EndTransaction decision(Place at, Decision decision) {
        return new EndTransaction(TransactionDriver.GROUP, at.logOffset(), at.half(), decision, false, "");
    }

    private Ended end(EndTransaction end) {
        List<Ended> told = new ArrayList<>();
        driver.broker.transactions().end(end, told::add);
        driver.work();
        assertThat(told).hasSize(1);
        return told.getFirst();
    }

    private Ended end(Place at, Decision decision) {
        return end(decision(at, decision));
    }

    /** May send to every topic but that of the halves. */
    private static final Predicate<String> OTHERS = topic -> !topic.equals(T);

    private Ended resume(long logOffset) {
        return resume(logOffset, _ -> true);
    }

    private Ended resume(long logOffset, Predicate<String> maySendTo) {
        List<Ended> told = new ArrayList<>();
        driver.broker.transactions().resume(logOffset, maySendTo, told::add);
        driver.work();
        assertThat(told).hasSize(1);
        return told.getFirst();
    }

    private static void assertRefused(Ended ended, Reason reason, String text) {
        assertThat(ended).isInstanceOfSatisfying(Ended.Refused.class, refused -> {
            assertThat(refused.reason()).isEqualTo(reason);
            assertThat(refused.detail()).contains(text);
        });
    }

    private @Nullable MemorySegment visible(long offset) {
        return driver.at(T, 2, offset);
    }

    // ---- deciding

    @Test
    void showsAMessageOnceItIsCommitted() {
        Place half = prepare("U1");
        assertThat(visible(0)).isNull();
        assertThat(driver.broker.transactions().undecidedCount()).isEqualTo(1);

        assertThat(end(half, Decision.COMMIT)).isEqualTo(Ended.DONE);

        MemorySegment message = Objects.requireNonNull(visible(0));
        assertThat(MessageRecord.sysFlag(message, 0) & SysFlag.TRANSACTION_MASK).isEqualTo(SysFlag.TRANSACTION_COMMIT);
        assertThat(MessageRecord.preparedTransactionOffset(message, 0)).isEqualTo(half.logOffset());
        assertThat(MessageRecord.due(message, 0)).isZero();
        assertThat(MessageRecord.flag(message, 0)).isEqualTo(9);
        assertThat(MessageRecord.bornTimestamp(message, 0)).isEqualTo(77);
        assertThat(MessageRecord.queueId(message, 0)).isEqualTo(2);
        assertThat(body(message)).isEqualTo(BODY);
        assertThat(MessageProperties.decode(message, 0))
                .containsEntry(MessageProperties.UNIQ_KEY, "U1")
                .containsEntry(MessageProperties.TRANSACTION_ID, "U1")
                .containsEntry(MessageProperties.TRAN_MSG, "true")
                .containsEntry(MessageProperties.TAGS, "tag")
                .doesNotContainKeys(MessageProperties.REAL_TOPIC, MessageProperties.REAL_QID);
        assertThat(visible(1)).isNull();
        assertThat(driver.broker.transactions().undecidedCount()).isZero();
        assertThat(driver.count("transaction_committed_messages")).isEqualTo(1);
        assertThat(found("key-U1", false)).isEqualTo(1);
        assertThat(found("U1", true)).isEqualTo(1);
    }

    private static byte[] body(MemorySegment record) {
        return record.asSlice(MessageRecord.bodyAt(record, 0), MessageRecord.bodyLength(record, 0))
                .toArray(ValueLayout.JAVA_BYTE);
    }

    private int found(String key, boolean isUnique) {
        return driver.broker
                .log()
                .findByKey(T, key, isUnique, 0, Long.MAX_VALUE, 10)
                .size();
    }

    @Test
    void neverShowsAMessageThatIsRolledBack() {
        Place half = prepare("U1");

        assertThat(end(half, Decision.ROLLBACK)).isEqualTo(Ended.DONE);

        driver.connect("c");
        driver.pass(Duration.ofHours(1));
        assertThat(visible(0)).isNull();
        assertThat(driver.at(TopicName.CHECKED_TOO_OFTEN, 0, 0)).isNull();
        assertThat(driver.count("transaction_rolled_back_messages")).isEqualTo(1);
        assertThat(driver.count("transaction_checks")).isZero();
    }

    @Test
    void takesTheSameDecisionTwiceAndNoOther() {
        Place committed = prepare("U1");
        Place rolledBack = prepare("U2");
        end(committed, Decision.COMMIT);
        end(rolledBack, Decision.ROLLBACK);

        assertThat(end(committed, Decision.COMMIT)).isEqualTo(Ended.DONE);
        assertRefused(end(committed, Decision.ROLLBACK), Reason.DECIDED, "committed before");
        assertThat(end(rolledBack, Decision.ROLLBACK)).isEqualTo(Ended.DONE);
        assertRefused(end(rolledBack, Decision.COMMIT), Reason.DECIDED, "rolled back before");

        assertThat(visible(0)).isNotNull();
        assertThat(visible(1)).isNull();
    }

    @Test
    void decidesOnceWhenTwoDecideAtTheSameTime() {
        Place half = prepare("U1");
        List<Ended> told = new ArrayList<>();

        driver.broker.transactions().end(decision(half, Decision.COMMIT), told::add);
        driver.broker.transactions().end(decision(half, Decision.COMMIT), told::add);
        driver.broker.transactions().end(decision(half, Decision.ROLLBACK), told::add);
        driver.work();

        assertThat(told).hasSize(3);
        assertThat(told.subList(0, 2)).containsOnly(Ended.DONE);
        assertRefused(told.get(2), Reason.DECIDED, "committed before");
        assertThat(visible(0)).isNotNull();
        assertThat(visible(1)).isNull();
    }

    @Test
    void decidesManyWithOneEntryOfTheLog() {
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            places.add(prepare("U" + i));
        }
        List<Ended> told = new ArrayList<>();
        Settlement settlement = driver.broker.transactions().begin();
        for (int i = 0; i < 20; i++) {
            Decision decision = i % 2 == 0 ? Decision.COMMIT : Decision.ROLLBACK;
            assertThat(driver.broker.transactions().decide(decision(places.get(i), decision), settlement, told::add))
                    .isNull();
        }
        assertThat(told).isEmpty();

        settlement.submit(() -> {});
        driver.work();

        assertThat(told).hasSize(20).containsOnly(Ended.DONE);
        assertThat(driver.broker.log().existingQueue(T, 2).offsetMax()).isEqualTo(10);
    }

    @Test
    void saysWhatIsWrongWithADecision() {
        Place half = prepare("U1");
        EndTransaction right = decision(half, Decision.COMMIT);
        long ordinary = ordinary("U9");

        assertRefused(
                end(new EndTransaction("others", right.logOffset(), right.half(), Decision.COMMIT, false, "U1")),
                Reason.WRONG,
                "The producer group wrong");
        assertRefused(
                end(new EndTransaction(right.group(), right.logOffset(), 7, Decision.COMMIT, false, "U1")),
                Reason.WRONG,
                "The transaction state table offset wrong");
        assertRefused(
                end(new EndTransaction(right.group(), right.logOffset() + 1, 0, Decision.COMMIT, false, "U1")),
                Reason.NO_HALF,
                "no message starts at log offset");
        assertRefused(
                end(new EndTransaction(right.group(), ordinary, 0, Decision.COMMIT, false, "U9")),
                Reason.NO_HALF,
                "is not the half of a transaction");
        assertThat(visible(0)).as("only the ordinary one").isNotNull();
        assertThat(visible(1)).isNull();
        assertThat(end(right)).isEqualTo(Ended.DONE);
    }

    private long ordinary(String uniqueId) {
        Send send = TransactionDriver.send(T, 2, Map.of(MessageProperties.UNIQ_KEY, uniqueId), BODY);
        send.sysFlag = 0;
        return prepare(send).logOffset();
    }

    @Test
    void keepsUndecidedWhatCannotBeCommittedNow() {
        driver.makeTopic("gone", 1);
        Place half = prepare(TransactionDriver.send("gone", 0, TransactionDriver.half("U1"), BODY));
        driver.broker.topics().delete("gone", _ -> {});
        driver.work();

        assertRefused(end(half, Decision.COMMIT), Reason.NO_TOPIC, "topic[gone]");
        assertThat(driver.broker.transactions().undecidedCount()).isEqualTo(1);
        driver.makeTopic("gone", 1);
        assertThat(end(half, Decision.COMMIT)).isEqualTo(Ended.DONE);
        assertThat(driver.at("gone", 0, 0)).isNotNull();
    }

    @Test
    void commitsIntoAQueueThatIsThereWhenTheTopicHasLostSome() {
        Place half = prepare(TransactionDriver.send(T, 3, TransactionDriver.half("U1"), BODY));
        driver.makeTopic(T, 2);

        assertThat(end(half, Decision.COMMIT)).isEqualTo(Ended.DONE);

        assertThat(MessageRecord.queueId(Objects.requireNonNull(driver.at(T, 1, 0)), 0))
                .isEqualTo(1);
    }

    @Test
    void tellsThatTheLogDidNotTakeADecision() {
        Place half = prepare("U1");
        driver.disk.failFrom(Call.Kind.WRITE, 1, Fault.DISK_FULL);

        assertThat(end(half, Decision.COMMIT)).isInstanceOf(Ended.NotStored.class);

        driver.disk.heal();
        assertThat(driver.broker.transactions().undecidedCount()).isEqualTo(1);
        assertThat(end(half, Decision.COMMIT)).isEqualTo(Ended.DONE);
        assertThat(visible(0)).isNotNull();
        assertThat(visible(1)).isNull();
    }

    // ---- preparing

    @Test
    void storesARetriedHalfOnceAndTheCommitIsNoRetry() {
        Place first = prepare("U1");
        Place second = prepare("U1");
        assertThat(second).isEqualTo(first);

        end(first, Decision.COMMIT);
        assertThat(visible(0)).isNotNull();
        assertThat(prepare("U1")).as("retried after it was decided").isEqualTo(first);
        assertThat(visible(1)).isNull();
    }

    @Test
    void takesTheSameMessageForAnotherTopicAsAnotherTransaction() {
        driver.makeTopic("other", 1);
        Place first = prepare("U1");
        Place second = prepare(TransactionDriver.send("other", 0, TransactionDriver.half("U1"), BODY));

        assertThat(second).isNotEqualTo(first);
        end(second, Decision.COMMIT);
        assertThat(driver.at("other", 0, 0)).isNotNull();
        assertThat(visible(0)).isNull();
    }

    @Test
    void refusesWhatATransactionCannotBe() {
        refuses("13 delay", Map.of(MessageProperties.DELAY, "3"), T, "delayed");
        refuses("13 timer", Map.of(MessageProperties.TIMER_DELAY_MS, "3"), T, "delayed");
        refuses("13 key", Map.of("CARILLON_KEY", "k"), T, "CARILLON_KEY");
        refuses("13 immunity", Map.of(MessageProperties.CHECK_IMMUNITY_SECONDS, "soon"), T, "IMMUNITY");
        refuses("13 immunity", Map.of(MessageProperties.CHECK_IMMUNITY_SECONDS, "86401"), T, "86400");
        refuses("13 no group", Map.of(MessageProperties.PGROUP, ""), T, "PGROUP");
        driver.makeTopic("%RETRY%G", 1);
        driver.broker.groups().createIfAbsent("G", _ -> {});
        driver.work();
        refuses("13 retry topic", Map.of(), "%RETRY%G", "takes no transactions");
        Send noHalf = TransactionDriver.send(T, 2, Map.of(), BODY);
        assertThat(driver.take(noHalf, _ -> {}))
                .isNotNull()
                .satisfies(refused -> assertThat(refused.detail()).contains("sysFlag 4"));
        assertThat(driver.broker.transactions().undecidedCount()).isZero();
    }

    private void refuses(String what, Map<String, String> more, String topic, String text) {
        Map<String, String> properties = TransactionDriver.half("U1");
        more.forEach((name, value) -> {
            properties.put(name, value);
            if (value.isEmpty()) {
                properties.remove(name);
            }
        });
        Refused refused = driver.take(TransactionDriver.send(topic, 0, properties, BODY), _ -> {});
        assertThat(refused).as(what).isNotNull();
        assertThat(refused.reason()).as(what).isEqualTo(Refused.Reason.ILLEGAL_MESSAGE);
        assertThat(refused.detail()).contains(text);
    }

    @Test
    void takesNoTransactionsWhenTheyAreSwitchedOffButDecidesThoseThatItHas() {
        Place half = prepare("U1");
        TransactionConfig d = config;
        reopen(new TransactionConfig(
                false,
                d.timeout(),
                d.checkInterval(),
                d.checksMax(),
                d.orphanAfter(),
                d.checkRate(),
                d.undecidedMax()));

        assertThat(driver.take(TransactionDriver.send(T, 2, TransactionDriver.half("U2"), BODY), _ -> {}))
                .isNotNull()
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(Refused.Reason.FORBIDDEN));
        assertThat(end(half, Decision.COMMIT)).isEqualTo(Ended.DONE);
        assertThat(visible(0)).isNotNull();
    }

    @Test
    void takesOnlySoManyThatAreUndecided() {
        TransactionConfig d = config;
        reopen(new TransactionConfig(
                true, d.timeout(), d.checkInterval(), d.checksMax(), d.orphanAfter(), d.checkRate(), 2));
        Place first = prepare("U1");
        prepare("U2");

        assertThat(driver.take(TransactionDriver.send(T, 2, TransactionDriver.half("U3"), BODY), _ -> {}))
                .isNotNull()
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(Refused.Reason.BUSY));
        assertThat(driver.count("busy_undecided_transactions")).isEqualTo(1);
        end(first, Decision.ROLLBACK);
        prepare("U3");
    }

    // ---- hidden

    @Test
    void letsNobodySeeAHalf() {
        Place half = prepare("U1");
        driver.broker.groups().put(ConsumerGroup.of("G"), _ -> {});
        driver.work();

        assertThat(found("U1", true)).isZero();
        assertThat(found("key-U1", false)).isZero();
        assertThat(driver.broker.log().findByKey(TopicName.HALF, "U1", true, 0, Long.MAX_VALUE, 10))
                .isEmpty();
        assertThat(driver.broker.log().findByKey(TopicName.HALF, "key-U1", false, 0, Long.MAX_VALUE, 10))
                .isEmpty();
        List<SentBack> told = new ArrayList<>();
        driver.broker
                .retry()
                .sendBack(new SendBack("G", half.logOffset(), 1, -1, false), _ -> RetryPolicy.LEVELS, told::add);
        driver.work();
        assertThat(told).hasOnlyElementsOfType(SentBack.Refused.class);
        reopen(config);
        assertThat(found("key-U1", false)).as("after the index was built anew").isZero();
        assertThat(driver.at(TopicName.HALF, 0, 0)).isNotNull();
    }

    // ---- asking

    private TransactionDriver.Producer connected(String clientId) {
        return driver.connect(clientId);
    }

    @Test
    void asksAProducerUntilItDecides() {
        TransactionDriver.Producer producer = connected("c");
        Place half = prepare("U1");

        driver.pass(Duration.ofSeconds(5));
        assertThat(producer.checks).isEmpty();
        driver.pass(Duration.ofSeconds(2));
        assertThat(producer.checks).hasSize(1);
        driver.pass(Duration.ofSeconds(28));
        assertThat(producer.checks).hasSize(1);
        driver.pass(Duration.ofSeconds(3));
        assertThat(producer.checks).hasSize(2);

        TransactionCheck check = producer.checks.getFirst();
        assertThat(check.group()).isEqualTo(TransactionDriver.GROUP);
        assertThat(check.topic()).isEqualTo(T);
        assertThat(check.broker()).isEqualTo("broker-a");
        assertThat(check.half()).isEqualTo(half.half());
        assertThat(check.logOffset()).isEqualTo(half.logOffset());
        assertThat(check.uniqueId()).isEqualTo("U1");
        MemorySegment shown = check.record();
        assertThat(MessageRecord.isWhole(shown, 0, shown.byteSize())).isTrue();
        assertThat(MessageRecord.topic(shown, 0)).isEqualTo(T);
        assertThat(MessageRecord.queueId(shown, 0)).isEqualTo(2);
        assertThat(MessageRecord.physicalOffset(shown, 0)).isEqualTo(half.logOffset());
        assertThat(MessageRecord.queueOffset(shown, 0)).isEqualTo(half.half());
        assertThat(MessageRecord.sysFlag(shown, 0) & SysFlag.TRANSACTION_MASK).isZero();
        assertThat(body(shown)).isEqualTo(BODY);

        end(half, Decision.COMMIT);
        driver.pass(Duration.ofMinutes(30));
        assertThat(producer.checks).hasSize(2);
        assertThat(visible(0)).isNotNull();
    }

    @Test
    void asksTheProducersOfAGroupInTurnAndPassesOverThoseThatAreGoneOrBusy() {
        TransactionDriver.Producer one = connected("one");
        TransactionDriver.Producer other = connected("other");
        for (int i = 0; i < 10; i++) {
            prepare("U" + i);
        }

        driver.pass(Duration.ofSeconds(8));
        assertThat(one.checks).hasSize(5);
        assertThat(other.checks).hasSize(5);

        one.isBusy = true;
        driver.pass(Duration.ofSeconds(32));
        assertThat(one.checks).hasSize(5);
        assertThat(other.checks).hasSize(15);
    }

    @Test
    void waitsForAsLongAsTheMessageWantsAndTakesNoLateDecisionThen() {
        TransactionDriver.Producer producer = connected("c");
        Map<String, String> properties = TransactionDriver.half("U1");
        properties.put(MessageProperties.CHECK_IMMUNITY_SECONDS, "60");
        Place half = prepare(TransactionDriver.send(T, 2, properties, BODY));

        driver.pass(Duration.ofSeconds(59));
        assertThat(producer.checks).isEmpty();
        driver.pass(Duration.ofSeconds(3));
        assertThat(producer.checks).hasSize(1);
        assertRefused(end(half, Decision.COMMIT), Reason.TOO_LATE, "wait for the check");
        assertThat(end(new EndTransaction(
                        TransactionDriver.GROUP, half.logOffset(), half.half(), Decision.COMMIT, true, "U1")))
                .isEqualTo(Ended.DONE);
        assertThat(visible(0)).isNotNull();
    }

    @Test
    void givesUpAfterSoManyChecksAndShowsPeopleTheMessage() {
        TransactionDriver.Producer producer = connected("c");
        Place half = prepare("U1");

        driver.pass(Duration.ofMinutes(7));
        assertThat(producer.checks).hasSizeLessThan(16);
        assertThat(driver.at(TopicName.CHECKED_TOO_OFTEN, 0, 0)).isNull();
        driver.pass(Duration.ofMinutes(2));

        assertThat(producer.checks).hasSize(15);
        MemorySegment dead = Objects.requireNonNull(driver.at(TopicName.CHECKED_TOO_OFTEN, 0, 0));
        assertThat(MessageProperties.decode(dead, 0))
                .containsEntry(MessageProperties.REAL_TOPIC, T)
                .containsEntry(MessageProperties.REAL_QID, "2")
                .containsEntry(MessageProperties.UNIQ_KEY, "U1");
        assertThat(visible(0)).isNull();
        assertRefused(end(half, Decision.COMMIT), Reason.DECIDED, TopicName.CHECKED_TOO_OFTEN);
        assertThat(driver.count("transaction_given_up_messages")).isEqualTo(1);
    }

    @Test
    void doesNotCountChecksThatReachNobodyButGivesUpOrphans() {
        prepare("U1");

        driver.pass(Duration.ofHours(5));
        assertThat(driver.broker.transactions().undecidedCount()).isEqualTo(1);
        TransactionDriver.Producer producer = connected("c");
        driver.pass(Duration.ofMinutes(2));
        assertThat(producer.checks).isNotEmpty();
        driver.disconnect("c");
        driver.pass(Duration.ofHours(2));

        assertThat(driver.broker.transactions().undecidedCount()).isZero();
        assertThat(driver.at(TopicName.CHECKED_TOO_OFTEN, 0, 0)).isNotNull();
    }

    @Test
    void asksAgainAfterAPowerLossAndAfterTheBrokerWasAwayForLong() {
        Place half = prepare("U1");
        prepare("U2");
        end(half, Decision.COMMIT);
        driver.pass(Duration.ofMinutes(1));
        ticker.advance(Duration.ofHours(12));
        reopen(config);
        driver.pass(Duration.ofMinutes(1));
        assertThat(driver.broker.transactions().undecidedCount()).isEqualTo(1);

        TransactionDriver.Producer producer = connected("c");
        driver.pass(Duration.ofSeconds(40));

        assertThat(producer.checks).isNotEmpty();
        assertThat(producer.checks).extracting(TransactionCheck::uniqueId).containsOnly("U2");
    }

    @Test
    void sendsOnlySoManyChecksASecond() {
        TransactionConfig d = config;
        reopen(new TransactionConfig(
                true, d.timeout(), d.checkInterval(), d.checksMax(), d.orphanAfter(), 100, d.undecidedMax()));
        TransactionDriver.Producer producer = connected("c");
        driver.prepareMany(T, 1000, BODY);
        driver.pass(Duration.ofSeconds(7));
        int before = producer.checks.size();
        for (int i = 0; i < 100; i++) {
            ticker.advanceMs(10);
            driver.work();
        }
        assertThat(producer.checks.size() - before).isBetween(90, 110);
    }

    /** No look at a half costs a read of its record, and what is decided costs nothing. */
    @Test
    void findsAHundredThousandUndecidedAgainAfterARestart() {
        driver.prepareMany(T, 100_500, BODY);
        for (int i = 0; i < 500; i++) {
            Place at = new Place(
                    200 * i,
                    MessageRecord.physicalOffset(Objects.requireNonNull(driver.at(TopicName.HALF, 0, 200 * i)), 0));
            driver.broker.transactions().end(decision(at, Decision.ROLLBACK), _ -> {});
        }
        driver.work();
        TransactionDriver.Producer producer;

        TransactionConfig d = config;
        config = new TransactionConfig(
                true, d.timeout(), d.checkInterval(), d.checksMax(), d.orphanAfter(), 1_000_000, d.undecidedMax());
        driver = open(driver.disk.afterPowerLoss(Loss.nothing()));
        producer = connected("c");
        assertThat(driver.broker.transactions().undecidedCount()).isEqualTo(100_000);
        int turns = 0;
        while (driver.broker.transactions().agent().doWork() > 0) {
            turns++;
        }
        assertThat(turns).isLessThan(20);
        Place last = prepare("last");
        assertThat(end(last, Decision.COMMIT)).isEqualTo(Ended.DONE);
        driver.pass(Duration.ofSeconds(30));

        assertThat(producer.checks.stream().map(TransactionCheck::half).distinct())
                .hasSize(100_000);
    }

    // ---- resuming

    @Test
    void beginsAnewToAskWhenSomebodyWantsThat() {
        TransactionDriver.Producer producer = connected("c");
        Place half = prepare("U1");
        driver.pass(Duration.ofMinutes(5));
        int before = producer.checks.size();

        assertThat(resume(half.logOffset())).isEqualTo(Ended.DONE);
        assertThat(producer.checks).hasSize(before + 1);
        driver.pass(Duration.ofMinutes(6));
        assertThat(driver.broker.transactions().undecidedCount()).isEqualTo(1);
        driver.pass(Duration.ofMinutes(3));
        assertThat(producer.checks).hasSize(before + 15);
        assertThat(driver.broker.transactions().undecidedCount()).isZero();
    }

    @Test
    void bringsBackOnceWhatWasGivenUp() {
        TransactionDriver.Producer producer = connected("c");
        Place half = prepare("U1");
        driver.pass(Duration.ofMinutes(9));
        long dead =
                MessageRecord.physicalOffset(Objects.requireNonNull(driver.at(TopicName.CHECKED_TOO_OFTEN, 0, 0)), 0);
        producer.checks.clear();

        assertThat(resume(dead)).isEqualTo(Ended.DONE);
        assertThat(resume(dead)).isEqualTo(Ended.DONE);
        assertThat(resume(half.logOffset())).as("named by the first half").isEqualTo(Ended.DONE);
        assertThat(driver.broker.transactions().undecidedCount()).isEqualTo(1);
        driver.pass(Duration.ofSeconds(2));
        TransactionCheck check = producer.checks.getFirst();
        assertThat(end(new EndTransaction(
                        check.group(), check.logOffset(), check.half(), Decision.COMMIT, true, check.uniqueId())))
                .isEqualTo(Ended.DONE);

        assertThat(visible(0)).isNotNull();
        assertRefused(resume(dead), Reason.DECIDED, "resumed before");
        assertRefused(resume(dead + 8), Reason.NO_HALF, "no message starts");
        assertThat(visible(1)).isNull();
    }

    @Test
    void resumesOnlyForWhomMaySendToTheTopicThatTheMessageGoesTo() {
        connected("c");
        Place half = prepare("U1");

        assertRefused(resume(half.logOffset(), OTHERS), Reason.NO_PERMISSION, "send to its topic");
        assertThat(resume(half.logOffset(), T::equals)).isEqualTo(Ended.DONE);
        driver.pass(Duration.ofMinutes(9));
        long dead =
                MessageRecord.physicalOffset(Objects.requireNonNull(driver.at(TopicName.CHECKED_TOO_OFTEN, 0, 0)), 0);

        assertRefused(resume(dead, OTHERS), Reason.NO_PERMISSION, "send to its topic");
        assertRefused(resume(half.logOffset(), OTHERS), Reason.NO_PERMISSION, "send to its topic");
        assertThat(driver.broker.transactions().undecidedCount()).isZero();
        assertThat(resume(dead, T::equals)).isEqualTo(Ended.DONE);
        assertThat(driver.broker.transactions().undecidedCount()).isEqualTo(1);
    }

    /** Clients make unique ids, so two messages may have the same. */
    @Test
    void resumesNoTransactionOfAnotherTopicThatHasTheSameUniqueId() {
        driver.makeTopic("own", 1);
        connected("c");
        Place own = prepare(TransactionDriver.send("own", 0, TransactionDriver.half("U1"), BODY));
        assertThat(end(own, Decision.ROLLBACK)).isEqualTo(Ended.DONE);
        prepare("U1");
        driver.pass(Duration.ofMinutes(9));
        assertThat(driver.at(TopicName.CHECKED_TOO_OFTEN, 0, 0)).isNotNull();

        assertRefused(resume(own.logOffset(), "own"::equals), Reason.NO_PERMISSION, "send to its topic");

        assertThat(driver.broker.transactions().undecidedCount()).isZero();
    }

    // ---- retention

    @Test
    void writesUndecidedHalvesAgainBeforeTheLogDropsThem() {
        driver = new TransactionDriver(
                new LossyStorage(), ticker, TransactionDriver.config(config, 64 << 10, Duration.ofMinutes(10)));
        driver.makeTopic(T, 4);
        Map<String, String> patient = TransactionDriver.half("U1");
        patient.put(MessageProperties.CHECK_IMMUNITY_SECONDS, "7200");
        Place half = prepare(TransactionDriver.send(T, 2, patient, BODY));
        for (int i = 0; i < 30; i++) {
            Send filler = TransactionDriver.send(T, 1, Map.of(), new byte[20_000]);
            filler.sysFlag = 0;
            prepare(filler);
            driver.pass(Duration.ofMinutes(1));
        }
        assertThat(driver.broker.log().offsetMin()).isGreaterThan(half.logOffset());
        assertThat(driver.broker.transactions().undecidedCount()).isEqualTo(1);
        assertThat(driver.count("transaction_carried_on_messages")).isPositive();

        assertThat(end(new EndTransaction(
                        TransactionDriver.GROUP, half.logOffset(), half.half(), Decision.COMMIT, false, "U1")))
                .isEqualTo(Ended.DONE);

        assertThat(visible(0)).isNotNull();
        assertThat(visible(1)).isNull();
        assertThat(MessageProperties.decode(Objects.requireNonNull(visible(0)), 0))
                .doesNotContainKeys(MessageProperties.PREPARED_QUEUE_OFFSET, MessageProperties.TRANSACTION_CHECK_TIMES);
    }

    /** Else the log could never drop what makes room, and nobody could send any more. */
    @Test
    void letsUndecidedHalvesGoWhereTheDiskIsTooFullToWriteThemAgain() {
        driver = new TransactionDriver(
                new LossyStorage(), ticker, TransactionDriver.config(config, 64 << 10, Duration.ofMinutes(10)));
        driver.makeTopic(T, 4);
        Map<String, String> patient = TransactionDriver.half("U1");
        patient.put(MessageProperties.CHECK_IMMUNITY_SECONDS, "7200");
        Place half = prepare(TransactionDriver.send(T, 2, patient, new byte[6000]));
        assertThat(refusalOf(filler())).isNull();
        driver.pass(Duration.ofSeconds(20));
        driver.disk.setUsableBytes(50_000); // room for the index, but not for another segment
        int sent = 0;
        while (refusalOf(filler()) == null) {
            assertThat(++sent).isLessThan(50);
        }

        driver.pass(Duration.ofMinutes(15));

        assertThat(refusalOf(filler())).as("there is room again").isNull();
        assertThat(driver.broker.log().offsetMin()).isGreaterThan(half.logOffset());
        assertThat(driver.broker.transactions().undecidedCount()).isZero();
        assertThat(driver.count("transaction_lost_messages")).isEqualTo(1);
    }

    private static Send filler() {
        Send filler = TransactionDriver.send(T, 1, Map.of(), new byte[5_000]);
        filler.sysFlag = 0;
        return filler;
    }

    private @Nullable Refusal refusalOf(Send send) {
        List<AppendBatch> stored = new ArrayList<>();
        AppendBatch batch = new AppendBatch(stored::add);
        assertThat(driver.broker.produce().take(send, new Intake(), batch)).isNull();
        driver.broker.log().append(batch);
        driver.work();
        return stored.getFirst().refusal();
    }
}
