package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import io.carillon.log.Replica;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaftSnapshotsTest {
    @Test
    void offersWhoCopiesTheSameEntryAgainOrTheOneThatTheLogBeginsWith(@TempDir Path folder) {
        try (TestGroup group = TestGroup.of(1, folder, TestGroup.SMALL_SEGMENTS, config -> config)) {
            for (int i = 0; i < 20; i++) {
                group.send("orders", "m" + i, 10);
            }
            Replica replica = group.leader().log().replica();
            TestGroup.await("a checkpoint", () -> replica.checkpointIndex() > 10);
            RaftSnapshots snapshots = new RaftSnapshots(
                    replica, new Configuration(), "127.0.0.1:1", () -> true, replica::appliedIndex, _ -> {});

            long offered = offeredBy(snapshots);
            for (int i = 20; i < 30; i++) {
                group.send("orders", "m" + i, 10);
            }
            TestGroup.await("another checkpoint", () -> replica.checkpointIndex() > offered);
            replica.keepFrom(offered);
            assertThat(offeredBy(snapshots)).isEqualTo(offered);
            replica.keepFrom(offered + 1);
            assertThat(offeredBy(snapshots)).isEqualTo(offered + 1);
            replica.keepFrom(offered + 5);
            assertThat(offeredBy(snapshots)).as("the last checkpoint").isGreaterThan(offered + 5);
        }
    }

    private static long offeredBy(RaftSnapshots snapshots) {
        SnapshotReader reader = Objects.requireNonNull(snapshots.open());
        return Objects.requireNonNull(reader.load()).getLastIncludedIndex();
    }
}
