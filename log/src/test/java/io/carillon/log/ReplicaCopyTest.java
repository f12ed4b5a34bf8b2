package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplicaCopyTest {
    private final ToyGroup group = new ToyGroup(LogDriver.SMALL, 3);
    private final ToyGroup.Node leader = group.nodes.get(0);
    private final ToyGroup.Node behind = group.nodes.get(2);

    /** The leader has several segments of messages that one follower lacks, which has others of its own time. */
    @BeforeEach
    void send() {
        assertThat(group.elect(leader)).isTrue();
        group.replicate(group.nodes.get(1), 9);
        group.commit();
        group.open();
        store(20, 3);
        store(40, 2);
    }

    private void store(int count, int replicas) {
        for (int i = 0; i < count; i++) {
            leader.driver().send("orders", 0, "k" + count + "-" + i, "body " + i + " ".repeat(400));
            leader.store();
        }
        for (int i = 0; i < replicas; i++) {
            group.replicate(group.nodes.get(i), 9_999);
        }
        group.commit();
        for (int i = 0; i < replicas; i++) {
            group.commit(group.nodes.get(i));
        }
        group.nodes.forEach(node -> node.driver().settle());
    }

    @AfterEach
    void close() {
        group.close();
    }

    /** A copy of the leader's log, made beside the one of whoever is behind, and decided on. */
    private void copy() {
        leader.driver().settle();
        CopySource source = new CopySource() {
            @Override
            public CopyStart begin() {
                return leader.driver().log.copies().begin("g");
            }

            @Override
            public CopyAnswer part(String copy, CopiedFile file, long at, int length, boolean withBytes) {
                return leader.driver().log.copies().part(copy, file.name(), at, length, withBytes);
            }

            @Override
            public void end(String copy) {
                leader.driver().log.copies().end(copy);
            }
        };
        CopyPace pace = new CopyPace() {
            @Override
            public void began(CopyListing listing) {}

            @Override
            public void took(long bytes) {}

            @Override
            public void kept(long bytes) {}

            @Override
            public void await() {
                leader.driver().settle();
            }
        };
        assertThat(behind.driver().log.replicaCopy().fetch(source, pace)).isInstanceOf(CopyOutcome.Whole.class);
        behind.driver().log.replicaCopy().decide();
    }

    private void requireAsTheLeader(LossyStorage disk) {
        try (LogDriver opened = new LogDriver(LogDriver.SMALL, disk, group.ticker, true)) {
            Replica replica = opened.log.replica();
            assertThat(replica.indexMax()).isGreaterThanOrEqualTo(60);
            for (long index = replica.appliedIndex() + 1; index <= replica.indexMax(); index++) {
                replica.commit(index, replica.term(index), null);
            }
            for (long index = 1; index <= replica.indexMax(); index++) {
                assertThat(replica.item(index)).isEqualTo(leader.replica().item(index));
            }
            assertThat(opened.log.queue("orders", 0).offsetMax()).isEqualTo(60);
            assertThat(LogDriver.bodyOf(opened.read("orders", 0, 59))).startsWith("body 39");
            assertThat(replica.noVote()).isNull();
        }
    }

    @Test
    void replacesTheLogWhereverThePowerFailsMeanwhile() {
        assertThat(behind.driver().log.queue("orders", 0).offsetMax()).isEqualTo(20);
        copy();
        behind.crash(Loss.everything());
        List<LossyStorage> crashes = new ArrayList<>();
        behind.disk.beforeEachCall(call -> {
            if (call.kind().isChange()) {
                crashes.add(behind.disk.afterPowerLoss(Loss.seeded(call.number())));
            }
        });
        requireAsTheLeader(behind.disk);
        behind.disk.beforeEachCall(_ -> {});

        assertThat(crashes).hasSizeGreaterThan(20);
        crashes.forEach(this::requireAsTheLeader);
        behind.start();
    }

    @Test
    void aCopyThatNobodyDecidedOnReplacesNothing() {
        copy();
        new FolderOf(behind.disk, ReplicaCopy.FOLDER).delete("decided");
        behind.disk.forceFolder(ReplicaCopy.FOLDER);
        behind.crash(Loss.everything());
        behind.start();
        assertThat(behind.replica().indexMax()).isLessThan(40);
    }

    @Test
    void isSetAsideWhereverThePowerFailsMeanwhile() {
        behind.crash(Loss.everything());
        List<LossyStorage> crashes = new ArrayList<>();
        behind.disk.beforeEachCall(call -> {
            if (call.kind().isChange()) {
                crashes.add(behind.disk.afterPowerLoss(Loss.seeded(call.number())));
            }
        });
        ReplicaCopy.setAside(behind.disk, "g", "it is damaged");
        behind.disk.beforeEachCall(_ -> {});

        assertThat(crashes).hasSizeGreaterThan(10);
        crashes.forEach(disk -> {
            try (LogDriver opened = new LogDriver(LogDriver.SMALL, disk, group.ticker, true)) {
                // As it was, for nothing was moved yet; or empty, and then without a vote.
                assertThat(opened.log.replica().noVote() == null)
                        .isEqualTo(opened.log.replica().indexMax() > 0);
            }
        });
        behind.start();
    }

    @Test
    void whatCannotBeMadeAnewIsKeptUntilACopyTakesItsPlace() {
        behind.driver().close();
        behind.crash(Loss.everything());
        assertThat(behind.disk.exists(Checkpoint.STATE_FILE)).isTrue();
        ReplicaCopy.setAside(behind.disk, "g", "it is damaged");
        assertThat(behind.disk.list(ReplicaCopy.ASIDE)).contains(Checkpoint.STATE_FILE, ReplicaFile.FILE);
        behind.start();
        assertThat(behind.disk.list(ReplicaCopy.ASIDE)).contains(Checkpoint.STATE_FILE, ReplicaFile.FILE);

        copy();
        behind.crash(Loss.everything());
        requireAsTheLeader(behind.disk);
        assertThat(behind.disk.list(ReplicaCopy.ASIDE)).isEmpty();
        behind.start();
    }

    @Test
    void aDamagedLogThatIsSetAsideOpensEmptyAndWithoutAVote() {
        behind.crash(Loss.everything());
        ReplicaCopy.setAside(behind.disk, "g", "it is damaged");
        behind.start();
        assertThat(behind.replica().indexMax()).isZero();
        assertThat(behind.replica().noVote()).isEqualTo("it is damaged");

        copy();
        behind.crash(Loss.everything());
        requireAsTheLeader(behind.disk);
        behind.start();
    }
}
