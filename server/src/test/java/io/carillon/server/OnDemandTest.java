package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class OnDemandTest {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private int done;

    private void runAll() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    @Test
    void worksOnceForAllWhoAskedBeforeAndOnceMoreForThoseWhoAskMeanwhile() {
        OnDemand[] own = new OnDemand[1];
        own[0] = new OnDemand(tasks::add, () -> {
            if (done++ == 0) {
                own[0].ask();
                own[0].ask();
            }
        });
        own[0].ask();
        own[0].ask();

        assertThat(tasks).hasSize(1);
        runAll();
        assertThat(done).isEqualTo(2);
    }

    @Test
    void worksAgainAfterAFault() {
        OnDemand faulty = new OnDemand(tasks::add, () -> {
            if (done++ == 0) {
                throw new IllegalStateException("no name service");
            }
        });
        faulty.ask();
        assertThatThrownBy(this::runAll).hasMessage("no name service");

        faulty.ask();
        runAll();
        assertThat(done).isEqualTo(2);
    }
}
