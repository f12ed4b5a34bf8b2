package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GroupCommitTest {
    private static final int PATIENCE_S = 20;

    private final BlockingQueue<String> worked = new LinkedBlockingQueue<>();
    private GroupCommit<String> line;

    @Test
    void worksOffWhatWasAddedBehindABatchThatFailed() throws InterruptedException {
        line = new GroupCommit<>(new Life(Ticker.system(), Steps.NONE), "test", 1, 100, _ -> 1, this::work);
        line.add("fails");
        assertThat(worked.poll(PATIENCE_S, TimeUnit.SECONDS)).isEqualTo("behind");
    }

    private void work(List<String> batch) {
        if (batch.contains("fails")) {
            line.add("behind");
            throw new IllegalStateException("as planned");
        }
        worked.addAll(batch);
    }
}
