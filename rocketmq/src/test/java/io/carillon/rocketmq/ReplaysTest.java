package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.testkit.ManualTicker;
import java.net.InetAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ReplaysTest {
    private static final String DIRECT = "direct";
    private static final InetAddress ADMIN = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress ATTACKER = InetAddress.ofLiteral("192.0.2.2");

    private final ManualTicker ticker = new ManualTicker();
    private final Replays replays = new Replays(ticker);

    @Test
    void takesAnOrderFromItsFirstConnectionAlone() {
        assertThat(replays.isReplay("s", 1, DIRECT, ADMIN)).isFalse();
        assertThat(replays.isReplay("s", 1, DIRECT, ADMIN)).isFalse();
        assertThat(replays.isReplay("s", 2, DIRECT, ADMIN)).isTrue();
        assertThat(replays.isReplay("other", 2, DIRECT, ADMIN)).isFalse();

        ticker.advance(Duration.ofMinutes(5));
        assertThat(replays.isReplay("s", 2, DIRECT, ADMIN)).isFalse();
    }

    /** As mqadmin does when it is given a cluster: the members that do not lead pass the order on to the one that does. */
    @Test
    void takesAnOrderOnceByEachMemberOfTheGroupFromTheHostThatItCameFromFirst() {
        assertThat(replays.isReplay("s", 1, "/192.0.2.12:10911", ADMIN)).isFalse();
        assertThat(replays.isReplay("s", 2, DIRECT, ADMIN)).isFalse();
        assertThat(replays.isReplay("s", 3, "/192.0.2.13:10911", ATTACKER)).isTrue();
        assertThat(replays.isReplay("s", 4, "/192.0.2.13:10911", ADMIN)).isFalse();

        assertThat(replays.isReplay("s", 5, "/192.0.2.13:10911", ADMIN)).isTrue();
        assertThat(replays.isReplay("s", 4, "/192.0.2.13:10911", ADMIN)).isFalse();
        assertThat(replays.isReplay("s", 6, DIRECT, ADMIN)).isTrue();
    }

    @Test
    void takesAnOrderBySoManyWaysAtMost() {
        for (int way = 0; way < 16; way++) {
            assertThat(replays.isReplay("s", way, "way " + way, ADMIN)).isFalse();
        }
        assertThat(replays.isReplay("s", 16, "way 16", ADMIN)).isTrue();
        assertThat(replays.isReplay("s", 3, "way 3", ADMIN)).isFalse();
    }
}
