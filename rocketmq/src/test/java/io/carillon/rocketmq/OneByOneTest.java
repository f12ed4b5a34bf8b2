package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class OneByOneTest {
    private final Queue<Runnable> shared = new ArrayDeque<>();
    private final OneByOne lane = new OneByOne(shared::add);
    private final List<String> done = new ArrayList<>();

    @Test
    void takesOnePlaceOfTheSharedExecutorHoweverManyTasksWait() {
        for (String name : List.of("a", "b", "c")) {
            lane.execute(() -> done.add(name));
        }
        shared.add(() -> done.add("other"));

        assertThat(shared).hasSize(2);
        shared.remove().run();
        assertThat(shared).as("the next one stands behind the others").hasSize(2);
        while (!shared.isEmpty()) {
            shared.remove().run();
        }
        assertThat(done).containsExactly("a", "other", "b", "c");
    }

    @Test
    void goesOnAfterATaskThatFails() {
        lane.execute(() -> {
            throw new IllegalStateException("fails");
        });
        lane.execute(() -> done.add("next"));

        assertThatThrownBy(() -> shared.remove().run()).hasMessage("fails");
        shared.remove().run();
        assertThat(done).containsExactly("next");
        lane.execute(() -> done.add("later"));
        assertThat(shared).hasSize(1);
    }
}
