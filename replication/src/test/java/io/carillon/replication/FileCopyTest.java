package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Counters;
import io.carillon.log.FileStorage;
import io.carillon.log.MessageLog;
import io.carillon.testkit.ManualTicker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of copying when something goes wrong with it. */
class FileCopyTest {
    private final ManualTicker ticker = new ManualTicker();
    private final Deque<RuntimeException> faults = new ArrayDeque<>();
    private final List<Throwable> failed = new ArrayList<>();
    private MessageLog log;
    private GroupLine line;
    private FileCopy copy;

    @BeforeEach
    void open(@TempDir Path folder) {
        List<String> addresses = TestGroup.addresses(2);
        ReplicationConfig config = new ReplicationConfig(
                "g", addresses.getFirst(), addresses, folder.resolve("raft"), Duration.ofSeconds(1));
        TestMember member = new TestMember(config, new FileStorage(folder), TestGroup.SMALL_SEGMENTS);
        log = MessageLog.openReplica(member.logConfig, member.storage, ticker, member, new Counters());
        line = new GroupLine(config, TestTransport.PLAIN, ticker, question -> question, () -> {});
        copy = new FileCopy(config, line, log.replicaCopy(), ticker, this::end, _ -> {}, failed::add);
    }

    @AfterEach
    void close() {
        line.close();
        log.close();
    }

    private FileCopy.LogEnd end() {
        throw faults.remove();
    }

    private int tryToCopy(RuntimeException fault) {
        faults.add(fault);
        copy.wantFrom("127.0.0.1:1");
        ticker.advance(Duration.ofSeconds(1));
        return copy.doWork();
    }

    @Test
    void aDiskThatRefusesAndAnAnswerThatDoesNotReadAreTriedAgain() {
        assertThat(tryToCopy(new StorageFault("full", null))).isEqualTo(1);
        assertThat(tryToCopy(new UncheckedIOException(new IOException("a part of -1 bytes"))))
                .isEqualTo(1);
        assertThat(tryToCopy(new StorageFault("full", null))).isEqualTo(1);
        assertThat(failed).isEmpty();
        assertThat(faults).isEmpty();
    }

    @Test
    void withWhatCannotBeTriedAgainTheReplicaFails() {
        IllegalStateException fault = new IllegalStateException("the copy is not whole");
        tryToCopy(fault);

        assertThat(failed).containsExactly(fault);
        assertThat(tryToCopy(fault)).isZero();
    }
}
