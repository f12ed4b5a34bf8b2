package io.carillon.systemtests.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.OsProcess;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.harness.Server;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How the process starts, says so, refuses to start, and stops. */
class LifecycleTest {

    @BeforeAll
    static void onlyCarillon() {
        Assumptions.assumeFalse(Server.isApache(), "Apache's processes behave in their own way");
    }

    @Test
    void saysInOneLineThatItServesAndStopsInTime() throws Exception {
        try (CarillonServer server = CarillonServer.start("lifecycle")) {
            assertThat(server.brokerProcess().output().lines())
                    .filteredOn(line -> line.startsWith("carillon ready "))
                    .singleElement()
                    .asString()
                    .matches("carillon ready nameserver=127\\.0\\.0\\.1:[1-9]\\d* broker=127\\.0\\.0\\.1:[1-9]\\d* "
                            + "data=\\S+ in \\d+\\.\\d\\ds");
            assertThat(server.nameServer()).isNotEqualTo(server.broker());
            try (RawClient client = RawClient.connect(server.broker())) {
                new RawTopic(Names.unique("lifecycle")).create(client, 4);
                assertThat(server.brokerProcess().terminate(Duration.ofSeconds(5)))
                        .as("the exit code after SIGTERM, with a client connected")
                        .isZero();
            }
        }
    }

    @Test
    void refusesADataFolderThatIsInUseAndNamesTheProcess() {
        try (CarillonServer server = CarillonServer.start("data-in-use")) {
            try (OsProcess second = server.spawnSecond()) {
                int exit = second.awaitExit(Duration.ofSeconds(30));

                assertThat(exit).isNotZero();
                assertThat(second.output())
                        .contains(Long.toString(server.brokerProcess().pid()))
                        .contains(server.data().toString())
                        .doesNotContain("carillon ready");
            }
            assertThat(server.brokerProcess().isAlive()).isTrue();

            server.kill();
            server.restart();
            assertThat(server.brokerProcess().isAlive())
                    .as("a killed server leaves nothing in the way")
                    .isTrue();
        }
    }

    @Test
    void runsItsTwoRolesApart() throws Exception {
        try (CarillonServer nameServer = CarillonServer.startRole("nameserver", "role-nameserver");
                CarillonServer broker =
                        CarillonServer.startRole("broker", "role-broker", "--nameservers", nameServer.nameServer());
                RawClient client = RawClient.connect(broker.broker())) {
            RawTopic topic = new RawTopic(Names.unique("roles"));
            topic.create(client, 2);

            topic.awaitRoute(nameServer.nameServer(), broker.broker());
        }
    }
}
