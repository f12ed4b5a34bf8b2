package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of a replica that cannot do what it has to do now and then. */
class KeepAgentTest {
    private final List<Throwable> failed = new ArrayList<>();
    private int ticks;

    private KeepAgent failing(RuntimeException with) {
        return new KeepAgent(
                () -> {
                    ticks++;
                    throw with;
                },
                failed::add);
    }

    @Test
    void theReplicaFailsOnceAndForAll() {
        IllegalStateException fault = new IllegalStateException("Fail to init node");
        KeepAgent agent = failing(fault);
        agent.doWork();
        agent.doWork();

        assertThat(failed).containsExactly(fault);
        assertThat(ticks).isEqualTo(1);
    }

    @Test
    void anAnswerThatIsNotUnderstoodIsAskedForAgain() {
        KeepAgent agent = failing(new UncheckedIOException(new IOException("a word of the next version")));
        agent.doWork();
        agent.doWork();

        assertThat(failed).isEmpty();
        assertThat(ticks).isEqualTo(2);
    }
}
