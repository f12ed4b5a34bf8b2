package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Settled;
import io.carillon.testkit.stores.RedisServer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes whose order lies in a cluster of three masters of Redis. */
class ClusterTest {
    private static final int MESSAGES = 60;

    private Rig rig;
    private DelayQueue queue;
    private Client client;

    @BeforeEach
    void open() {
        rig = Rig.onCluster();
        rig.open();
        queue = rig.open();
        client = new Client(queue, "cluster", "g");
    }

    @AfterEach
    void close() {
        try {
            rig.moves().check();
        } finally {
            rig.close();
        }
    }

    private List<String> send(long delayMs) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < MESSAGES; i++) {
            ids.add(client.send("m" + i, delayMs).id());
        }
        return ids;
    }

    /** All that comes, each acknowledged. */
    private Set<String> consume(int count) {
        Set<String> ids = new HashSet<>();
        Rig.awaitLong(
                () -> {
                    for (Delivery delivery : pull()) {
                        assertThat(ids.add(delivery.message().id())).isTrue();
                        rig.moves().settling(delivery.message().id());
                        assertThat(client.acknowledge(delivery)).isEqualTo(Settled.DONE);
                    }
                    return ids.size() >= count;
                },
                40_000);
        return ids;
    }

    /** Nothing while the cluster is not whole. */
    private List<Delivery> pull() {
        Requests.Pull pull = new Requests.Pull(client.where(), 100, 500, Requests.BY_GROUP, List.of());
        return Rig.get(queue.pull(pull)) instanceof Answer.Done<List<Delivery>>(List<Delivery> some) ? some : List.of();
    }

    @Test
    void theOrderIsSpreadOverAllMasters() {
        List<String> ids = send(800);

        for (RedisServer master : rig.stores.cluster().masters()) {
            assertThat(master.ask("DBSIZE\r\n")).isNotEqualTo(":0\r\n");
        }
        assertThat(consume(MESSAGES)).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(client.pull(100, 0)).isEmpty();
        assertThat(rig.moves().check()).isEqualTo(MESSAGES);
    }

    @Test
    void aMasterThatComesBackWithNothingIsFilledAgain() {
        List<String> ids = send(2_000);
        RedisServer lost = rig.stores.cluster().masters().get(1);

        rig.moves().gather();
        lost.kill();
        lost.start();

        assertThat(consume(MESSAGES)).containsExactlyInAnyOrderElementsOf(ids);
    }
}
