package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.metadata.RequestMode;
import io.carillon.rocketmq.QueueRoutes.Place;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AssignmentTest {
    private static List<Place> queues(int count) {
        return IntStream.range(0, count).mapToObj(i -> new Place("b", i)).toList();
    }

    private static List<String> clients(int count) {
        return IntStream.range(0, count).mapToObj(i -> "c" + (char) ('a' + i)).toList();
    }

    private static Set<Place> of(String way, int queues, int clients, int client, RequestMode mode) {
        Assignment assignment = Objects.requireNonNull(Assignment.by(way, queues(queues), clients(clients)));
        return assignment.of(clients(clients).get(client), mode);
    }

    @Property
    void sharesEachQueueOutToOneClientOfAGroupThatPulls(
            @ForAll @IntRange(min = 1, max = 20) int queues,
            @ForAll @IntRange(min = 1, max = 20) int clients,
            @ForAll boolean isByCircle) {
        Set<Place> all = new HashSet<>();
        for (int client = 0; client < clients; client++) {
            Set<Place> share = of(isByCircle ? "AVG_BY_CIRCLE" : "AVG", queues, clients, client, RequestMode.PULL);
            assertThat(share).hasSizeBetween(queues / clients, (queues + clients - 1) / clients);
            share.forEach(queue ->
                    assertThat(all.add(queue)).as("first owner of %s", queue).isTrue());
        }
        assertThat(all).hasSize(queues);
    }

    @Test
    void givesTheFirstClientsOneQueueMoreAsClientsDo() {
        assertThat(of("AVG", 5, 2, 0, RequestMode.PULL))
                .isEqualTo(new HashSet<>(queues(5).subList(0, 3)));
        assertThat(of("AVG", 5, 2, 1, RequestMode.PULL))
                .isEqualTo(new HashSet<>(queues(5).subList(3, 5)));
        assertThat(of("AVG_BY_CIRCLE", 5, 2, 1, RequestMode.PULL))
                .containsExactlyInAnyOrder(new Place("b", 1), new Place("b", 3));
    }

    @Test
    void givesEachClientOfAGroupThatPopsAllQueuesOrThoseThatItShares() {
        assertThat(of("AVG", 4, 3, 1, new RequestMode(true, 0))).containsExactly(new Place("b", -1));
        assertThat(of("AVG", 4, 2, 1, new RequestMode(true, 1))).containsExactly(new Place("b", -1));
        assertThat(of("AVG", 4, 4, 3, new RequestMode(true, 1)))
                .containsExactlyInAnyOrder(new Place("b", 3), new Place("b", 0));
        assertThat(of("AVG", 2, 5, 4, new RequestMode(true, 1))).containsExactly(new Place("b", 0));
    }

    @Test
    void knowsNoOtherWays() {
        assertThat(Assignment.by("MACHINE_ROOM", queues(1), clients(1))).isNull();
    }
}
