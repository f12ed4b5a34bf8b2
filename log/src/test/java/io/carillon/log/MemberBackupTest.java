package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Copies of one replica that is left alone, of which a log by itself is made. */
class MemberBackupTest {
    private final LossyStorage folder = new LossyStorage();
    private ToyGroup group = new ToyGroup(LogDriver.SMALL, 3);

    @BeforeEach
    void elect() {
        assertThat(group.elect(leader())).isTrue();
        group.replicate(survivor(), 9);
        group.commit();
        group.open();
    }

    @AfterEach
    void close() {
        group.close();
    }

    private ToyGroup.Node leader() {
        return group.nodes.get(0);
    }

    private ToyGroup.Node survivor() {
        return group.nodes.get(1);
    }

    /** Acknowledges messages that the survivor has on disk, and leaves it alone before it hears that they are committed. */
    private List<LogDriver.Acked> acknowledge(int count) {
        for (int i = 0; i < count; i++) {
            leader().driver().send("orders", 0, "k" + i, "body " + i + " ".repeat(400));
            leader().store();
        }
        group.replicate(survivor(), 9_999);
        group.commit();
        leader().driver().settle();
        List<LogDriver.Acked> acked = List.copyOf(leader().driver().acked);
        assertThat(acked).hasSize(count);
        return acked;
    }

    private CopyOutcome backup(boolean isAllWritten) {
        CopyWorld world = new CopyWorld(survivor().driver().log.copies(), "test", isAllWritten);
        world.whileNotYet = survivor().driver()::settle;
        return new LogFetch(folder, world, world).run();
    }

    /** How many of these messages a log by itself has that was laid out from the backup. */
    private long restored(List<LogDriver.Acked> acked) {
        LossyStorage data = new LossyStorage();
        assertThat(new LogRestore(folder, data).run()).isInstanceOf(CopyOutcome.Whole.class);
        try (LogDriver alone = new LogDriver(group.config, data)) {
            long found = alone.log.queue("orders", 0).offsetMax();
            for (LogDriver.Acked one : acked.subList(0, (int) found)) {
                assertThat(LogDriver.bodyOf(alone.read("orders", 0, one.queueOffset())))
                        .isEqualTo(one.body());
            }
            return found;
        }
    }

    @ParameterizedTest
    @EnumSource(LogConfig.Flush.class)
    void ofAllThatIsWrittenHasWhatWasAcknowledgedThoughTheMemberNeverHeardOfIt(LogConfig.Flush flush) {
        group.close();
        group = new ToyGroup(LogDriver.config(flush, 8 << 10), 3);
        elect();
        List<LogDriver.Acked> acked = acknowledge(40);

        assertThat(backup(true)).isInstanceOf(CopyOutcome.Whole.class);
        assertThat(restored(acked)).isEqualTo(40);
    }

    @Test
    void thatTakesNoMoreThanWhatTookEffectLacksIt() {
        List<LogDriver.Acked> acked = acknowledge(40);

        assertThat(backup(false)).isInstanceOf(CopyOutcome.Whole.class);
        assertThat(restored(acked)).isLessThan(40);
    }

    @Test
    void ofAllThatIsWrittenHasItWhenTheMemberWasStartedAnewWithoutAMajority() {
        List<LogDriver.Acked> acked = acknowledge(40);
        group.commit(survivor());
        assertThat(survivor().replica().appliedIndex()).isGreaterThan(40);
        survivor().crash(Loss.everything());
        survivor().start();
        assertThat(survivor().replica().appliedIndex())
                .as("it takes effect from the last checkpoint on only when a leader says what is settled")
                .isLessThan(40);

        assertThat(backup(true)).isInstanceOf(CopyOutcome.Whole.class);
        assertThat(restored(acked)).isEqualTo(40);
    }

    @Test
    void isGivenUpWhenWhatIsNotSettledIsCutOffMeanwhile() {
        acknowledge(40);
        LogCopies copies = survivor().driver().log.copies();
        CopyListing written = (CopyListing) copies.beginAllWritten("test");
        CopyListing settled = (CopyListing) copies.begin("test");
        assertThat(part(copies, written)).isInstanceOf(CopyAnswer.Part.class);

        survivor().replica().truncate(survivor().replica().indexMax() - 1);

        assertThat(part(copies, written)).asString().contains("cut off");
        assertThat(part(copies, settled)).isInstanceOf(CopyAnswer.Part.class);
        assertThat(backup(true)).isInstanceOf(CopyOutcome.Whole.class);
    }

    private static CopyAnswer part(LogCopies copies, CopyListing listing) {
        CopiedFile segment = listing.files().stream()
                .filter(CopiedFile::isSegment)
                .findFirst()
                .orElseThrow();
        return copies.part(listing.copy(), segment.name(), 0, 64, true);
    }
}
