package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.message.DueTime;
import io.carillon.message.MessageRecord;
import io.carillon.testkit.Loss;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Three replicas under everything that may happen to them in any order: appends of all kinds, entries that reach few or
 * many, changes of the leader, crashes that lose what was not forced, checkpoints, starts. What was acknowledged is where
 * it was said to be, once, on every replica, and all of them are the same to the byte.
 */
class ReplicaModelTest {
    private static final int STEPS = 400;
    private static final String[] TOPICS = {"orders", "bills", "lit"};

    /** Told to senders, with the place that counts for ever; and bodies that may be gone with their topic. */
    private static final class Run {
        final RandomGenerator random;
        final ToyGroup group;
        final List<LogDriver.Acked> acked = new ArrayList<>();
        final Set<String> deletedBodies = new HashSet<>();
        final Set<String> sentBodies = new HashSet<>();
        long ackedState;
        long statesTried;
        int bodies;
        /** What is on its way to its queue, by this term's leader. */
        final Set<String> firing = new HashSet<>();

        long firingTerm;

        Run(long seed) {
            random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
            group = new ToyGroup(LogDriver.config(LogConfig.Flush.SYNC, 4096 << random.nextInt(3)), 3);
        }

        void step() {
            switch (random.nextInt(20)) {
                case 0 -> changeLeader();
                case 1 -> crash();
                case 2 -> restart();
                case 3 -> some().driver().pass(Duration.ofSeconds(random.nextInt(8)));
                case 4, 5, 6, 7, 8 -> append();
                case 9, 10 -> storeAtLeader();
                case 11, 12, 13, 14 -> group.replicate(some(), 1 + random.nextInt(30));
                case 15, 16, 17 -> commit();
                case 18 -> group.commit(some());
                default -> everything();
            }
        }

        /** A replica that is up; there is always one. */
        ToyGroup.Node some() {
            List<ToyGroup.Node> up =
                    group.nodes.stream().filter(ToyGroup.Node::isUp).toList();
            return up.get(random.nextInt(up.size()));
        }

        void changeLeader() {
            group.elect(some());
        }

        void crash() {
            ToyGroup.Node node = some();
            if (group.nodes.stream().filter(ToyGroup.Node::isUp).count() > 1) {
                collect(node);
                node.crash(random.nextInt(3) == 0 ? Loss.nothing() : Loss.seeded(random.nextLong()));
            }
        }

        void restart() {
            group.nodes.stream().filter(node -> !node.isUp()).findAny().ifPresent(node -> {
                node.start();
                // Nothing that was forced is ever lost here.
                assertThat(node.replica().noVote()).isNull();
            });
        }

        void append() {
            ToyGroup.Node leader = group.leader;
            if (leader == null) {
                return;
            }
            LogDriver driver = leader.driver();
            String topic = TOPICS[random.nextInt(TOPICS.length)];
            driver.lightQueues.put("lit", List.of("%LMQ%a", "%LMQ%b"));
            switch (random.nextInt(8)) {
                case 0 -> driver.raiseState(++statesTried);
                case 1 -> schedule(driver);
                case 2 -> fire(driver);
                case 3 -> delete(driver);
                case 4 -> driver.sendAll(List.of(sent(topic), sent(topic), sent("orders")));
                default -> {
                    LogDriver.Sent one = sent(topic);
                    driver.send(one.topic(), one.queue(), one.key(), one.body());
                }
            }
        }

        /** Sometimes one that was sent before. */
        LogDriver.Sent sent(String topic) {
            int number = bodies > 0 && random.nextInt(6) == 0 ? random.nextInt(bodies) : bodies++;
            String body = topic + number + "x".repeat(random.nextInt(300));
            sentBodies.add(body);
            return new LogDriver.Sent(topic, random.nextInt(2), topic + "-" + body.hashCode(), body);
        }

        void schedule(LogDriver driver) {
            String body = "later" + bodies++;
            driver.schedule("orders", 0, body, body, DueTime.of(3_600_000L * (1 + random.nextInt(3)), 0));
        }

        /** As the due loop does: nothing twice in a term, in which all that went before is known. */
        void fire(LogDriver driver) {
            if (firingTerm < group.term) {
                firing.clear();
                firingTerm = group.term;
            }
            List<LogDriver.Waiting> ready = driver.waiting.stream()
                    .filter(one -> !driver.notes.left.containsKey(one.key()) && !firing.contains(one.key()))
                    .limit(3)
                    .toList();
            if (!ready.isEmpty() && ready.stream().allMatch(one -> driver.log.record(one.logOffset()) != null)) {
                ready.forEach(one -> firing.add(one.key()));
                driver.fire(ready);
            }
        }

        void delete(LogDriver driver) {
            if (random.nextInt(4) == 0) {
                // Whether it is ever deleted is not known; all that was sent so far may be gone.
                deletedBodies.addAll(sentBodies.stream()
                        .filter(body -> body.startsWith("bills"))
                        .toList());
                driver.deleteTopic("bills");
            }
        }

        void storeAtLeader() {
            if (group.leader != null) {
                group.leader.store();
            }
        }

        void commit() {
            ToyGroup.Node leader = group.leader;
            group.commit();
            if (leader != null && leader.replica().appliedIndex() >= group.committed && isOfItsTerm(leader)) {
                group.open();
            }
        }

        /** Only then it knows that all before its term took effect. */
        private boolean isOfItsTerm(ToyGroup.Node leader) {
            return leader.replica().term(leader.replica().appliedIndex()) == group.term;
        }

        void everything() {
            storeAtLeader();
            group.nodes.forEach(node -> group.replicate(node, 1_000));
            commit();
            group.nodes.forEach(group::commit);
            group.nodes.stream().filter(ToyGroup.Node::isUp).forEach(this::collect);
        }

        /** Takes note of what a replica acknowledged, before it may forget it. */
        void collect(ToyGroup.Node node) {
            acked.addAll(node.driver().acked);
            node.driver().acked.clear();
            ackedState = Math.max(ackedState, node.driver().ackedState);
        }

        void check() {
            group.converge(random);
            group.nodes.forEach(this::collect);
            byte[] first = Replicas.bytes(group.nodes.getFirst());
            for (ToyGroup.Node node : group.nodes) {
                assertThat(node.replica().appliedIndex())
                        .isEqualTo(node.replica().indexMax());
                assertThat(Replicas.bytes(node)).isEqualTo(first);
                assertThat(node.driver().state).isBetween(ackedState, statesTried);
                assertThat(node.driver().notes.left)
                        .isEqualTo(group.nodes.getFirst().driver().notes.left);
                checkAcked(node.driver());
                checkQueues(node.driver());
            }
        }

        private void checkAcked(LogDriver driver) {
            Map<String, LogDriver.Acked> places = new HashMap<>();
            for (LogDriver.Acked one : acked) {
                if (deletedBodies.contains(one.body())) {
                    continue;
                }
                assertThat(driver.read(one.topic(), one.queue(), one.queueOffset()))
                        .as(one.toString())
                        .isNotNull()
                        .satisfies(record -> {
                            assertThat(LogDriver.bodyOf(record)).isEqualTo(one.body());
                            assertThat(MessageRecord.physicalOffset(record, 0)).isEqualTo(one.logOffset());
                        });
                assertThat(places.getOrDefault(one.key(), one)).isEqualTo(one);
                places.put(one.key(), one);
            }
        }

        /** No queue has a hole, a message in a wrong place, or one twice. */
        private void checkQueues(LogDriver driver) {
            for (String topic : List.of("orders", "bills", "lit", "%LMQ%a", "%LMQ%b")) {
                for (int number = 0; number < 2; number++) {
                    Set<Long> places = new HashSet<>();
                    ConsumeQueue queue = driver.log.queue(topic, number);
                    for (long offset = queue.offsetMin(); offset < queue.offsetMax(); offset++) {
                        MemorySegment record = driver.read(topic, number, offset);
                        assertThat(record)
                                .as(topic + "/" + number + "/" + offset)
                                .isNotNull();
                        assertThat(places.add(MessageRecord.physicalOffset(record, 0)))
                                .isTrue();
                        if (!topic.startsWith("%")) {
                            assertThat(MessageRecord.queueOffset(record, 0)).isEqualTo(offset);
                            assertThat(MessageRecord.queueId(record, 0)).isEqualTo(number);
                        }
                    }
                }
            }
        }
    }

    @Property(tries = 60)
    void keepsWhatItAcknowledgedWhateverHappens(@ForAll long seed) {
        Run run = new Run(seed);
        try (ToyGroup group = run.group) {
            group.elect(group.nodes.getFirst());
            for (int i = 0; i < STEPS; i++) {
                run.step();
            }
            run.check();
            // A start from the disk alone finds the same.
            group.nodes.forEach(node -> node.crash(Loss.everything()));
            run.check();
        }
    }
}
