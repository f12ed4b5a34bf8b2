package io.carillon.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.BrokerConfig;
import io.carillon.broker.client.TransactionCheck;
import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.TopicName;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Transactions on a whole broker against a list of them, under random sends, decisions, checks, clocks, retention and
 * power losses; every step comes from one seed. At every moment: nothing is visible that nobody committed, nothing is
 * visible twice, and what was told holds: a half that was acknowledged is committed, rolled back, given up, or still asked
 * about. In the end, all that producers want committed is in its queue, once.
 */
class TransactionModelTest {
    private static final List<String> TOPICS = List.of("T", "U");
    /** For so long a half is known again, whatever retention does. */
    private static final long AGAIN_MS = 240_000;

    /** What the test knows of a transaction. */
    private static final class Transaction {
        final String id;
        final String topic;
        /** What its producers answer when they are asked; null when they do not know. */
        final @Nullable Decision answer;

        final long sentMs;
        long half = -1;
        long logOffset = -1;
        boolean isAcked;
        boolean isCommitAsked;
        boolean isRollbackAsked;
        boolean isToldCommitted;
        boolean isToldRolledBack;
        int visible;
        int givenUp;

        Transaction(String id, String topic, @Nullable Decision answer, long sentMs) {
            this.id = id;
            this.topic = topic;
            this.answer = answer;
            this.sentMs = sentMs;
        }

        Transaction copy() {
            Transaction copy = new Transaction(id, topic, answer, sentMs);
            copy.half = half;
            copy.logOffset = logOffset;
            copy.isAcked = isAcked;
            // A question that was on its way when the power failed may have been answered before.
            copy.isCommitAsked = isCommitAsked;
            copy.isRollbackAsked = isRollbackAsked;
            copy.isToldCommitted = isToldCommitted;
            copy.isToldRolledBack = isToldRolledBack;
            copy.visible = visible;
            copy.givenUp = givenUp;
            return copy;
        }
    }

    private static final class Run {
        private final String name;
        private final SplittableRandom random;
        private final ManualTicker ticker = new ManualTicker();
        private final BrokerConfig config;
        private Map<String, Transaction> known = new LinkedHashMap<>();
        /** How far each queue was read. */
        private Map<String, Long> read = new HashMap<>();

        private TransactionDriver driver;
        private TransactionDriver.Producer producer;
        private int sent;
        /** Rises with every crash: what is told later belongs to a broker that is gone. */
        private int life;

        Run(long seed) {
            name = "seed " + seed;
            random = new SplittableRandom(seed);
            boolean isTight = random.nextInt(3) == 0;
            TransactionConfig transaction = new TransactionConfig(
                    true,
                    isTight ? Duration.ofMinutes(40) : Duration.ofSeconds(6),
                    Duration.ofSeconds(30),
                    2 + random.nextInt(14),
                    Duration.ofHours(6),
                    2000,
                    1000);
            Duration keepFor = isTight ? Duration.ofMinutes(5) : Duration.ofDays(3);
            config = TransactionDriver.config(transaction, 64 << 10, keepFor);
            open(new LossyStorage());
            TOPICS.forEach(topic -> driver.makeTopic(topic, 1));
        }

        private void open(LossyStorage disk) {
            driver = new TransactionDriver(disk, ticker, config);
            producer = driver.connect("producer");
        }

        void run() {
            int crashes = 0;
            for (int step = 0; step < 60; step++) {
                if (crashes < 4 && random.nextInt(15) == 0) {
                    crashes++;
                    crashDuring();
                } else {
                    act();
                    settleAndCheck();
                }
            }
            finish();
        }

        private void act() {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> prepareSome();
                case 4, 5, 6 -> endSome();
                case 7 -> prepareAgain();
                case 8 -> driver.pass(Duration.ofSeconds(1 + random.nextInt(40)));
                case 9 -> driver.pass(Duration.ofMinutes(1 + random.nextInt(4)));
                case 10 -> answerChecks();
                default -> driver.work();
            }
        }

        private void prepareSome() {
            for (int i = random.nextInt(6); i >= 0; i--) {
                Decision answer = switch (random.nextInt(4)) {
                    case 0 -> Decision.ROLLBACK;
                    case 1 -> null;
                    default -> Decision.COMMIT;
                };
                String id = "U" + sent++;
                known.put(id, new Transaction(id, TOPICS.get(random.nextInt(TOPICS.size())), answer, ticker.nowMs()));
                prepare(known.get(id));
            }
        }

        /** A producer that heard nothing sends the same half again. */
        private void prepareAgain() {
            List<Transaction> all = List.copyOf(known.values());
            if (!all.isEmpty() && ticker.nowMs() - all.getLast().sentMs < AGAIN_MS) {
                prepare(all.getLast());
            }
        }

        private void prepare(Transaction transaction) {
            int then = life;
            byte[] body = new byte[transaction.id.endsWith("7") ? 8000 : 10];
            assertThat(driver.take(
                            TransactionDriver.send(transaction.topic, 0, TransactionDriver.half(transaction.id), body),
                            batch -> prepared(known.get(transaction.id), batch, then)))
                    .isNull();
        }

        private void prepared(Transaction transaction, AppendBatch batch, int then) {
            if (then != life || batch.refusal() != null) {
                return;
            }
            boolean isMoved = transaction.isAcked && transaction.half != batch.queueOffset(0);
            assertThat(isMoved && config.log().keepFor().toDays() > 1)
                    .as("%s: %s was stored twice", name, transaction.id)
                    .isFalse();
            transaction.isAcked = true;
            transaction.half = batch.queueOffset(0);
            transaction.logOffset = batch.logOffset(0);
        }

        private void endSome() {
            List<Transaction> acked =
                    known.values().stream().filter(one -> one.isAcked).toList();
            for (int i = random.nextInt(5); i >= 0 && !acked.isEmpty(); i--) {
                int back = Math.min(acked.size(), random.nextInt(4) == 0 ? acked.size() : 6);
                Transaction one = acked.get(acked.size() - 1 - random.nextInt(back));
                Decision decision = random.nextInt(3) == 0 ? Decision.ROLLBACK : Decision.COMMIT;
                end(one, decision, one.logOffset, one.half, false);
            }
        }

        private void end(Transaction one, Decision decision, long logOffset, long half, boolean isFromCheck) {
            int then = life;
            String id = one.id;
            one.isCommitAsked |= decision == Decision.COMMIT;
            one.isRollbackAsked |= decision == Decision.ROLLBACK;
            driver.broker
                    .transactions()
                    .end(
                            new EndTransaction(TransactionDriver.GROUP, logOffset, half, decision, isFromCheck, id),
                            ended -> {
                                if (then == life) {
                                    ended(known.get(id), decision, ended);
                                }
                            });
        }

        private void ended(Transaction one, Decision decision, Ended ended) {
            String what = name + ": " + one.id + " " + decision + " " + ended;
            switch (ended) {
                case Ended.Done _ -> {
                    one.isToldCommitted |= decision == Decision.COMMIT;
                    one.isToldRolledBack |= decision == Decision.ROLLBACK;
                }
                case Ended.Refused(var reason, var _) ->
                    assertThat(reason).as(what).isIn(Ended.Reason.DECIDED, Ended.Reason.NO_HALF);
                case Ended.NotStored _ -> throw new AssertionError(what);
            }
            assertThat(one.isToldCommitted && one.isToldRolledBack).as(what).isFalse();
        }

        private void answerChecks() {
            List<TransactionCheck> asked = List.copyOf(producer.checks);
            producer.checks.clear();
            for (TransactionCheck check : asked) {
                Transaction one = known.get(check.uniqueId());
                assertThat(one).as("%s: asked about %s", name, check.uniqueId()).isNotNull();
                if (one.answer != null) {
                    end(one, one.answer, check.logOffset(), check.half(), true);
                }
            }
        }

        // ---- what is found

        private void settleAndCheck() {
            driver.work();
            scan();
            long undecided = 0;
            for (Transaction one : known.values()) {
                String what = name + ": " + one.id;
                assertThat(one.visible).as("%s: times visible", what).isLessThanOrEqualTo(1);
                assertThat(one.givenUp).as("%s: times given up", what).isLessThanOrEqualTo(1);
                assertThat(one.visible + one.givenUp)
                        .as("%s: committed and given up", what)
                        .isLessThanOrEqualTo(1);
                assertThat(one.visible > 0 && !one.isCommitAsked)
                        .as("%s: nobody committed it", what)
                        .isFalse();
                assertThat(one.isToldCommitted && one.visible == 0)
                        .as("%s: was committed and is not there", what)
                        .isFalse();
                assertThat(one.isToldRolledBack && one.visible + one.givenUp > 0)
                        .as("%s: was rolled back and is there", what)
                        .isFalse();
                undecided += one.isAcked && one.visible + one.givenUp == 0 && !one.isRollbackAsked ? 1 : 0;
            }
            assertThat(driver.broker.transactions().undecidedCount())
                    .as("%s: undecided", name)
                    .isGreaterThanOrEqualTo(undecided);
        }

        private void scan() {
            for (String topic : TOPICS) {
                scan(topic);
            }
            scan(TopicName.CHECKED_TOO_OFTEN);
        }

        private void scan(String topic) {
            ConsumeQueue queue = driver.broker.log().existingQueue(topic, 0);
            long next = read.getOrDefault(topic, 0L);
            while (queue != null && next < queue.offsetMax()) {
                MemorySegment record = driver.at(topic, 0, next++);
                assertThat(record).as("%s: %s was dropped unread", name, topic).isNotNull();
                String id = MessageProperties.of(record, 0, MessageProperties.UNIQ_KEY);
                Transaction one = known.get(id);
                assertThat(one).as("%s: nobody sent %s", name, id).isNotNull();
                assertThat(MessageRecord.isHidden(record, 0)).as(name).isFalse();
                if (topic.equals(TopicName.CHECKED_TOO_OFTEN)) {
                    one.givenUp++;
                } else {
                    assertThat(topic).as(name).isEqualTo(one.topic);
                    one.visible++;
                }
            }
            read.put(topic, next);
        }

        // ---- the power

        /** Loses power at some call to the storage during what is done next. */
        private void crashDuring() {
            LossyStorage disk = driver.disk;
            Loss loss = switch (random.nextInt(3)) {
                case 0 -> Loss.nothing();
                case 1 -> Loss.everything();
                default -> Loss.seeded(random.nextLong());
            };
            LossyStorage[] lost = new LossyStorage[1];
            List<Transaction> then = new ArrayList<>();
            Map<String, Long> readThen = new HashMap<>();
            long atCall = disk.calls() + random.nextInt(25);
            disk.beforeEachCall(call -> {
                if (call.number() >= atCall && lost[0] == null) {
                    lost[0] = disk.afterPowerLoss(loss);
                    known.values().forEach(one -> then.add(one.copy()));
                    readThen.putAll(read);
                }
            });
            for (int i = 0; i < 4; i++) {
                act();
                if (random.nextBoolean()) {
                    driver.work();
                }
                scan();
            }
            disk.beforeEachCall(_ -> {});
            life++;
            if (lost[0] != null) {
                Map<String, Transaction> all = new LinkedHashMap<>();
                then.forEach(one -> all.put(one.id, one));
                known = all;
                read = readThen;
            }
            open(lost[0] == null ? disk.afterPowerLoss(loss) : lost[0]);
            settleAndCheck();
        }

        // ---- the end

        private void finish() {
            for (int i = 0; i < 100 && driver.broker.transactions().undecidedCount() > 0; i++) {
                driver.pass(Duration.ofSeconds(40));
                if (i > 60) {
                    driver.pass(Duration.ofMinutes(2));
                }
                answerChecks();
                settleAndCheck();
            }
            assertThat(driver.broker.transactions().undecidedCount())
                    .as("%s: undecided in the end", name)
                    .isZero();
            for (Transaction one : known.values()) {
                boolean isWanted = one.isAcked && one.answer == Decision.COMMIT && !one.isRollbackAsked;
                assertThat(isWanted && one.visible + one.givenUp == 0)
                        .as("%s: %s should be visible", name, one.id)
                        .isFalse();
                boolean isOpen = one.isAcked && one.answer == null && !one.isCommitAsked && !one.isRollbackAsked;
                assertThat(isOpen && one.givenUp == 0)
                        .as("%s: %s should be among the given up", name, one.id)
                        .isFalse();
            }
        }
    }

    @Test
    void agreesWithAListOfTransactions() {
        for (long seed = 0; seed < 120; seed++) {
            try {
                new Run(seed).run();
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }
}
