package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.log.Replica.Item;
import io.carillon.log.Replica.Kind;
import io.carillon.message.DueTime;
import io.carillon.message.MessageRecord;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One rule each; {@link ReplicaModelTest} mixes them at random. */
class ReplicaTest {
    private final ToyGroup group = new ToyGroup(LogDriver.SMALL, 3);
    private final ToyGroup.Node first = group.nodes.get(0);
    private final ToyGroup.Node second = group.nodes.get(1);
    private final ToyGroup.Node third = group.nodes.get(2);

    @BeforeEach
    void lead() {
        assertThat(group.elect(first)).isTrue();
        group.replicate(second, 9);
        group.commit();
        group.open();
    }

    @AfterEach
    void close() {
        group.close();
    }

    private void storeEverywhere() {
        first.store();
        group.nodes.forEach(node -> group.replicate(node, 9_999));
        group.commit();
        group.nodes.forEach(group::commit);
    }

    @Test
    void acknowledgesWhatAMajorityHasAndShowsItThen() {
        first.driver().send("orders", 0, "a", "one");
        first.store();

        assertThat(first.driver().acked).isEmpty();
        assertThat(first.driver().log.queue("orders", 0).offsetMax()).isZero();
        group.replicate(third, 9);
        group.commit();

        assertThat(first.driver().acked).hasSize(1);
        assertThat(LogDriver.bodyOf(first.driver().read("orders", 0, 0))).isEqualTo("one");
        assertThat(third.driver().log.queue("orders", 0).offsetMax()).isZero();
        group.commit(third);
        assertThat(LogDriver.bodyOf(third.driver().read("orders", 0, 0))).isEqualTo("one");
    }

    @Test
    void refusesToTakeAnythingWhileItDoesNotLead() {
        second.driver().send("orders", 0, "a", "one");
        second.driver().raiseState(7);

        assertThat(second.driver().refused).containsExactly(Refusal.NOT_LEADER);
        assertThat(second.driver().ackedState).isZero();
    }

    @Test
    void keepsNobodyWaitingBehindSomebodyWhoCannotBeTold() {
        LogDriver driver = second.driver();
        AppendBatch batch = new AppendBatch(_ -> {
            driver.send("orders", 0, "meanwhile", "one");
            throw new IllegalStateException("cannot be told");
        });
        driver.add(batch, "orders", 0, "a", "one");

        assertThatThrownBy(() -> driver.log.append(batch)).hasMessage("cannot be told");

        driver.send("orders", 0, "later", "one");
        assertThat(driver.refused).hasSize(3).containsOnly(Refusal.FAULT); // it is told twice, of one fault
    }

    @Test
    void makesEveryReplicaTheSameToTheByte() {
        first.driver().lightQueues.put("lit", List.of("%LMQ%a", "%LMQ%b"));
        for (int i = 0; i < 60; i++) {
            first.driver().send("orders", i % 3, "a" + i, "one".repeat(40));
            first.driver().send("lit", 0, "b" + i, "two");
            first.driver().schedule("later", 0, "c" + i, "three", DueTime.of(3_600_000L * (i + 1), 0));
            first.driver().raiseState(i);
        }
        storeEverywhere();
        for (LogDriver.Waiting one : List.copyOf(first.driver().waiting)) {
            first.driver().fire(List.of(one));
        }
        storeEverywhere();

        assertThat(first.driver().refused).isEmpty();
        assertThat(first.driver().acked).hasSize(120);
        assertThat(first.replica().indexMax()).isEqualTo(third.replica().indexMax());
        assertThat(Replicas.bytes(first)).isEqualTo(Replicas.bytes(second)).isEqualTo(Replicas.bytes(third));
        assertThat(third.driver().state).isEqualTo(59);
        assertThat(third.driver().notes.left).hasSize(60);
        assertThat(third.driver().log.queue("%LMQ%b", 0).offsetMax()).isEqualTo(60);
        assertThat(third.driver().bodiesByKey("orders", "ka7", false)).hasSize(1);
    }

    @Test
    void givesThePlacesOfACutTailOutAgain() {
        first.driver().send("orders", 0, "a", "kept");
        storeEverywhere();
        for (int i = 0; i < 200; i++) {
            first.driver().send("orders", 0, "b" + i, "lost".repeat(30));
        }
        first.store();
        assertThat(group.elect(second)).isTrue();
        group.replicate(third, 9);
        group.commit();
        group.open();
        second.driver().send("orders", 0, "c", "new");
        second.store();
        group.replicate(first, 9);
        group.replicate(third, 9);
        group.commit();
        group.nodes.forEach(group::commit);

        assertThat(first.driver().refused).hasSize(200).containsOnly(Refusal.NOT_LEADER);
        MemorySegment record = first.driver().read("orders", 0, 1);
        assertThat(LogDriver.bodyOf(record)).isEqualTo("new");
        assertThat(MessageRecord.queueOffset(record, 0)).isEqualTo(1);
        assertThat(first.driver().log.queue("orders", 0).offsetMax()).isEqualTo(2);
        assertThat(Replicas.bytes(first)).isEqualTo(Replicas.bytes(third));
    }

    @Test
    void beginsTheQueuesOfADeletedTopicAnewAlsoForWhatWasAppendedBeforeTheDeletionTookEffect() {
        first.driver().send("orders", 0, "a", "old");
        storeEverywhere();
        first.driver().deleteTopic("orders");
        first.driver().send("orders", 0, "b", "new");
        first.driver().send("orders", 0, "c", "newer");
        storeEverywhere();

        for (ToyGroup.Node node : group.nodes) {
            assertThat(node.driver().log.queue("orders", 0).offsetMax()).isEqualTo(2);
            assertThat(LogDriver.bodyOf(node.driver().read("orders", 0, 0))).isEqualTo("new");
        }
    }

    @Test
    void storesARetryOnceThoughTheFirstTryIsStillOpen() {
        first.driver().send("orders", 0, "a", "one");
        first.driver().send("orders", 1, "a", "one");
        storeEverywhere();
        storeEverywhere();

        assertThat(first.driver().acked).hasSize(2);
        assertThat(first.driver().acked.get(1)).isEqualTo(first.driver().acked.get(0));
        assertThat(first.driver().log.queue("orders", 1).offsetMax()).isZero();
    }

    @Test
    void storesWhatStandsTwiceInABatchOnce() {
        LogDriver.Sent twice = new LogDriver.Sent("orders", 0, "a", "one");
        first.driver().sendAll(List.of(twice, new LogDriver.Sent("orders", 0, "b", "two"), twice));
        storeEverywhere();

        assertThat(first.driver().acked)
                .extracting(LogDriver.Acked::queueOffset)
                .containsExactly(0L, 1L, 0L);
        assertThat(third.driver().log.queue("orders", 0).offsetMax()).isEqualTo(2);
    }

    @Test
    void answersARetryAtTheNextLeaderWithTheFirstPlace() {
        first.driver().send("orders", 0, "a", "one");
        storeEverywhere();
        first.crash(Loss.everything());
        assertThat(group.elect(third)).isTrue();
        group.replicate(second, 9);
        group.commit();
        group.open();
        third.driver().send("orders", 2, "a", "one");

        assertThat(third.driver().acked).singleElement().satisfies(acked -> {
            assertThat(acked.queue()).isZero();
            assertThat(acked.queueOffset()).isZero();
        });
    }

    @Test
    void letsNothingTakeEffectAfterAStartBeforeItIsCommittedAgain() {
        first.driver().send("orders", 0, "a", "one");
        first.driver().raiseState(5);
        storeEverywhere();
        second.crash(Loss.everything());
        second.start();

        assertThat(second.replica().indexMax()).isEqualTo(first.replica().indexMax());
        assertThat(second.replica().appliedIndex()).isZero();
        assertThat(second.driver().state).isZero();
        group.commit(second);
        assertThat(second.driver().state).isEqualTo(5);
        assertThat(LogDriver.bodyOf(second.driver().read("orders", 0, 0))).isEqualTo("one");
    }

    @Test
    void goesOnFromItsCheckpointAfterAStart() {
        first.driver().send("orders", 0, "a", "one");
        first.driver().raiseState(5);
        storeEverywhere();
        second.driver().pass(java.time.Duration.ofSeconds(10));
        long checkpoint = second.driver().log.checkpointIndex();
        second.crash(Loss.everything());
        second.start();

        assertThat(checkpoint).isEqualTo(first.replica().indexMax());
        assertThat(second.replica().appliedIndex()).isEqualTo(checkpoint);
        assertThat(second.driver().state).isEqualTo(5);
        assertThat(LogDriver.bodyOf(second.driver().read("orders", 0, 0))).isEqualTo("one");
    }

    @Test
    void refusesToCutOffWhatTookEffect() {
        first.driver().send("orders", 0, "a", "one");
        storeEverywhere();

        assertThatThrownBy(() -> first.replica().truncate(1)).hasMessageContaining("took effect");
    }

    @Test
    void notesWhoTheReplicasAreBeforeAnybodySeesTheEntry() {
        long before = second.replica().indexMax();
        Item members = new Item(before + 1, group.term, Kind.CONFIGURATION, ByteBuffer.allocate(3));
        second.disk.failFrom(Call.Kind.FORCE, 1, Fault.IO_ERROR);

        assertThatThrownBy(() -> second.replica().append(List.of(members))).isInstanceOf(StorageFault.class);
        assertThat(second.replica().indexMax()).isEqualTo(before);
        assertThat(second.driver().log.state()).isEqualTo(Refusal.FAULT);
    }

    @Test
    void knowsWhoTheReplicasWereBeforeAlsoWhenACheckpointHasAll() {
        for (int i = 0; i < 3; i++) {
            long next = second.replica().indexMax() + 1;
            second.replica()
                    .append(List.of(new Item(next, group.term, Kind.CONFIGURATION, ByteBuffer.allocate(3 + i))));
            second.replica().commit(next, group.term, null);
            second.driver().pass(Duration.ofSeconds(10));
        }
        assertThat(second.driver().log.checkpointIndex())
                .isEqualTo(second.replica().indexMax());
        second.crash(Loss.everything());
        second.start();

        assertThat(second.replica().configurations())
                .extracting(item -> item.bytes().remaining())
                .containsExactly(4, 5);
    }

    @Test
    void tellsOnceThatNothingIsProposedWhenItsConsensusRefusesAndThrows() {
        first.replica().lead(group.term, (proposal, _) -> {
            proposal.refused();
            throw new IllegalStateException("it is being stopped");
        });
        List<Refusal> told = new ArrayList<>();
        first.driver().send("orders", 0, "a", "one");
        first.driver().log.appendMetadata(new byte[8], told::add);

        assertThat(first.driver().refused).containsExactly(Refusal.NOT_LEADER);
        assertThat(told).containsExactly(Refusal.NOT_LEADER);
        group.open();
        first.driver().send("orders", 0, "b", "two");
        storeEverywhere();
        assertThat(first.driver().acked).hasSize(1);
    }

    @Test
    void takesNothingMoreWhenAnEntryTookEffectInPart() {
        first.driver().log.appendMetadata(new byte[3], _ -> {}); // which the state does not understand
        first.store();
        group.replicate(second, 9);

        assertThatThrownBy(group::commit).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(first.driver().log.state()).isEqualTo(Refusal.FAULT);
    }

    @Test
    void waitsForNoCheckpointAnyMoreWhenItIsLetGo() throws InterruptedException {
        try (ToyGroup tight = new ToyGroup(LogDriver.withIndexMemory(LogDriver.SMALL, 0), 1)) {
            ToyGroup.Node alone = tight.nodes.getFirst();
            assertThat(tight.elect(alone)).isTrue();
            Thread committing = Thread.ofPlatform().daemon().start(tight::commit);
            while (committing.getState() != Thread.State.WAITING) {
                assertThat(committing.isAlive()).isTrue();
                Thread.onSpinWait();
            }
            assertThat(alone.replica().appliedIndex()).isZero();
            alone.replica().letGo();
            committing.join();

            assertThat(alone.replica().appliedIndex()).isEqualTo(1);
        }
    }

    @Test
    void refusesMessagesBeforeAnEntryThatIsAgreedOnFindsNoRoom() {
        first.disk.setUsableBytes(4 << 10); // less than the next segment takes
        group.ticker.advance(Duration.ofSeconds(1));
        first.driver().send("orders", 0, "a", "one");
        assertThat(first.driver().refused).containsExactly(Refusal.DISK_FULL);

        first.disk.setUsableBytes(64 << 10);
        group.ticker.advance(Duration.ofSeconds(1));
        first.driver().send("orders", 0, "a", "one");
        storeEverywhere();
        assertThat(first.driver().acked).hasSize(1);
    }

    @Test
    void takesWhatIsLeftAloneOfTheDiskForWhatOthersAgreedOn() {
        try (ToyGroup reserving = new ToyGroup(LogDriver.reserving(LogDriver.SMALL, 64 << 10), 3)) {
            ToyGroup.Node leader = reserving.nodes.get(0);
            ToyGroup.Node full = reserving.nodes.get(1);
            assertThat(reserving.elect(leader)).isTrue();
            reserving.open();
            full.disk.setUsableBytes(40 << 10);
            for (int i = 0; i < 40; i++) {
                leader.driver().send("orders", 0, "a" + i, "one".repeat(100));
                leader.store();
            }
            reserving.replicate(full, 999);

            assertThat(full.driver().log.state()).isNull();
            assertThat(full.replica().indexMax()).isEqualTo(41);
        }
    }

    @Test
    void refusesAnEntryThatIsDamaged() {
        first.driver().send("orders", 0, "a", "one");
        first.store();
        ByteBuffer sent = ByteBuffer.allocate(4096);
        Item good = first.replica().item(first.replica().indexMax());
        sent.put(good.bytes().duplicate()).flip();
        sent.put(sent.limit() - 3, (byte) (sent.get(sent.limit() - 3) + 1));

        assertThatThrownBy(() -> third.replica().append(List.of(new Item(good.index(), good.term(), Kind.DATA, sent))))
                .isInstanceOf(Corrupt.class);
        assertThat(third.driver().log.state()).isEqualTo(Refusal.FAULT);
    }
}
