package io.carillon.broker.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.testkit.ManualTicker;
import java.net.InetSocketAddress;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class UniqueIdsTest {
    private static UniqueIds at(LocalDateTime now) {
        long nowMs = now.atZone(ZoneId.systemDefault()).toInstant().toEpochMilli();
        UniqueIds ids = new UniqueIds(new ManualTicker(nowMs), new SplittableRandom(1));
        ids.host(ProduceService.hostBytes(new InetSocketAddress("127.0.0.1", 10911)));
        return ids;
    }

    @Test
    void bearTheBrokersAddressAndTheTimeSinceTheMonthBegan() {
        String id = at(LocalDateTime.of(2025, 3, 1, 0, 1, 0)).next();

        assertThat(id).hasSize(32).startsWith("7F000001");
        assertThat(Integer.parseInt(id.substring(20, 28), 16)).isEqualTo(60_000);
    }

    @Test
    void holdAWholeMonth() {
        String id = at(LocalDateTime.of(2025, 1, 31, 23, 59, 59)).next();

        assertThat(Long.parseLong(id.substring(20, 28), 16)).isEqualTo(31 * 86_400_000L - 1_000);
    }

    @Test
    void differWithinOneMillisecond() {
        UniqueIds ids = at(LocalDateTime.of(2025, 3, 1, 0, 0));
        Set<String> all = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            all.add(ids.next());
        }
        assertThat(all).hasSize(1_000);
    }

    @Test
    void takeAnAddressOfTheSixthVersion() {
        UniqueIds ids = at(LocalDateTime.of(2025, 3, 1, 0, 0));
        ids.host(ProduceService.hostBytes(new InetSocketAddress("::1", 10911)));

        assertThat(ids.next()).hasSize(32).startsWith("00000001");
    }
}
