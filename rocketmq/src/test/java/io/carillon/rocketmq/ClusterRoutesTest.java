package io.carillon.rocketmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.metadata.Topics;
import io.carillon.remoting.Response;
import io.carillon.rocketmq.QueueRoutes.Place;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a broker makes of the routes that another process tells. */
class ClusterRoutesTest {
    private static final InetSocketAddress NAME_SERVER = InetSocketAddress.createUnresolved("n", 1);

    private static @Nullable List<Place> found(String body) {
        Response route = new Response(0, null, Map.of(), body.replace('\'', '"').getBytes(UTF_8));
        AtomicReference<@Nullable List<Place>> told = new AtomicReference<>(List.of());
        new ClusterRoutes(null, List.of(NAME_SERVER), (_, _, _, _) -> CompletableFuture.completedFuture(route))
                .find("T", told::set);
        return told.get();
    }

    private static String row(String readQueues, String permissions) {
        return "{'queueDatas':[{'brokerName':'b','readQueueNums':" + readQueues + ",'perm':" + permissions + "}]}";
    }

    @Test
    void tellsTheQueuesThatMayBeRead() {
        assertThat(found(row("2", "6"))).containsExactly(new Place("b", 0), new Place("b", 1));
        assertThat(found(row("2", "2"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[1]", "'many'", "-1", "true", "1.5", "99999999999"})
    void tellsThatItKnowsNothingWhereSomethingElseStandsForANumber(String number) {
        assertThat(found(row(number, "6"))).isNull();
        assertThat(found(row("2", number))).isNull();
    }

    @Test
    void tellsNoMoreQueuesThanATopicMayHave() {
        assertThat(found(row("2147483647", "6"))).hasSize(Topics.QUEUES_MAX);
    }
}
