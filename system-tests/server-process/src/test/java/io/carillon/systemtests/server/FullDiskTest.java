package io.carillon.systemtests.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.LoopDisk;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.harness.Server;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A full disk is an ordinary day: sends are refused, everything else goes on, and it is over when there is room again. */
class FullDiskTest {
    private static final int SERVICE_NOT_AVAILABLE = 14;
    private static final String GROUP = Names.unique("full-disk");

    private long sent;

    @BeforeAll
    static void needsADisk() {
        Assumptions.assumeFalse(Server.isApache(), "Apache does not come back without a restart");
        LoopDisk.obstacle().ifPresent(obstacle -> Assumptions.abort("a full disk is not tested: " + obstacle));
    }

    /** With a reserve the server stops in time by itself; without one the file system says no. */
    @ParameterizedTest
    @ValueSource(strings = {"24MiB", "0B"})
    void refusesSendsWhileTheDiskIsFullAndTakesThemAgainWithoutARestart(String reserve) throws Exception {
        try (LoopDisk disk = LoopDisk.create("full-disk-" + reserve, 256);
                CarillonServer server = start(disk, reserve);
                RawClient client = RawClient.connect(server.broker())) {
            RawTopic topic = new RawTopic(Names.unique("full-disk"));
            topic.create(client, 1);
            assertThat(send(topic, client).code()).isZero();

            disk.fillBut(4 << 20);
            Answer refusal = soon("refusal").until(() -> send(topic, client), answer -> answer.code() != 0);

            assertThat(refusal.code()).as(refusal.toString()).isEqualTo(SERVICE_NOT_AVAILABLE);
            assertThat(refusal.remark()).isNotBlank();
            long end = topic.offsetMax(client, 0);
            assertThat(readAll(topic, client)).isEqualTo(end);
            assertThat(topic.commit(client, GROUP, 0, end).code())
                    .as("offsets are taken while the disk is full")
                    .isZero();
            assertThat(topic.committed(client, GROUP, 0).number("offset")).isEqualTo(end);

            disk.free();
            Answer accepted = soon("acceptance").until(() -> send(topic, client), answer -> answer.code() == 0);

            assertThat(accepted.number("queueOffset"))
                    .as("what was refused left no gap")
                    .isEqualTo(end);
            assertThat(readAll(topic, client)).isEqualTo(end + 1);
            client.close();
            server.stop();
        }
    }

    private static CarillonServer start(LoopDisk disk, String reserve) {
        return CarillonServer.startOn(
                disk.path().resolveSibling("output"),
                disk.path().resolve("data"),
                "--set",
                "log.segment-size=16MiB",
                "--set",
                "log.disk-use-max=100",
                "--set",
                "log.disk-reserve=" + reserve);
    }

    private static ConditionFactory soon(String what) {
        return Awaitility.await(what)
                .atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1));
    }

    private Answer send(RawTopic topic, RawClient client) throws Exception {
        String id = "7F00000100000000" + HexFormat.of().withUpperCase().toHexDigits(++sent);
        return topic.send(client, 0, id, new byte[100_000]).get();
    }

    private static long readAll(RawTopic topic, RawClient client) throws IOException {
        long next = topic.offsetMin(client, 0);
        long end = topic.offsetMax(client, 0);
        while (next < end) {
            Answer answer = topic.pull(client, GROUP, 0, next, 0);
            assertThat(answer.code()).as("pull at " + next + ": " + answer).isZero();
            next = answer.number("nextBeginOffset");
        }
        return next;
    }
}
