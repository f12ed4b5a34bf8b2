package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkLineTest {
    private final WorkLine<Runnable> line = new WorkLine<>();
    private final List<String> done = new ArrayList<>();

    private void hand(Runnable piece) {
        line.add(piece);
        line.work(Runnable::run);
    }

    @Test
    void doesWhatComesMeanwhileAfterwards() {
        hand(() -> {
            hand(() -> done.add("second"));
            done.add("first");
        });

        assertThat(done).containsExactly("first", "second");
    }

    @Test
    void doesNothingBeforeSomebodyWorks() {
        line.add(() -> done.add("early"));
        assertThat(done).isEmpty();

        line.work(Runnable::run);
        assertThat(done).containsExactly("early");
    }

    @Test
    void doesTheOthersAndThrowsWhatWentWrongWithOne() {
        IllegalStateException fault = new IllegalStateException("first");
        AssertionError later = new AssertionError("third");

        assertThatThrownBy(() -> hand(() -> {
                    hand(() -> done.add("second"));
                    hand(() -> {
                        throw later;
                    });
                    hand(() -> done.add("fourth"));
                    throw fault;
                }))
                .isSameAs(fault)
                .hasSuppressedException(later);

        assertThat(done).containsExactly("second", "fourth");
        hand(() -> done.add("fifth"));
        assertThat(done).endsWith("fifth");
    }

    @Test
    void throwsAFaultOnce() {
        assertThatThrownBy(() -> hand(() -> {
                    throw new AssertionError("wrong");
                }))
                .hasMessage("wrong");

        assertThatCode(() -> hand(() -> {})).doesNotThrowAnyException();
    }

    @Test
    void leavesNothingInTheLineAndLetsOneWorkAtATime() throws InterruptedException {
        int[] sum = {0}; // written by whoever works, and by nobody else
        WorkLine<Integer> shared = new WorkLine<>();
        List<Thread> threads = IntStream.range(0, 4)
                .mapToObj(_ -> Thread.ofPlatform().unstarted(() -> {
                    for (int i = 0; i < 20_000; i++) {
                        shared.add(1);
                        shared.work(piece -> sum[0] += piece);
                    }
                }))
                .toList();

        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(sum[0]).isEqualTo(80_000);
        assertThat(shared.next()).isNull();
    }
}
