package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.ApacheServer;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.harness.Server;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Apache RocketMQ's own processes and ours know each other: a broker of one registers at the name server of the other. */
class MixedClusterTest {

    @BeforeAll
    static void needsCarillon() {
        Assumptions.assumeFalse(Server.isApache(), "needs one of each");
    }

    @Test
    void takesTheRegistrationOfAnApacheBroker() throws Exception {
        try (CarillonServer nameServer = CarillonServer.startRole("nameserver", "mixed-nameserver");
                ApacheServer broker = ApacheServer.startBroker("mixed-apache-broker", nameServer.nameServer())) {
            sendAndConsume(broker);

            broker.stop();
            Clients.soon()
                    .untilAsserted(() -> assertThat(new RawTopic("TBW102").isRouted(nameServer.nameServer()))
                            .as("routes of a broker that has gone")
                            .isFalse());
        }
    }

    @Test
    void registersAtAnApacheNameServer() throws Exception {
        try (ApacheServer nameServer = ApacheServer.startNameServer("mixed-apache-nameserver");
                CarillonServer broker = CarillonServer.startRole(
                        "broker",
                        "mixed-broker",
                        "--nameservers",
                        nameServer.nameServer(),
                        "--broker-name",
                        "carillon-a",
                        "--cluster",
                        "mixed")) {
            new RawTopic("TBW102").awaitRoute(nameServer.nameServer(), broker.broker());
            sendAndConsume(broker);

            broker.stop();
            Clients.soon()
                    .untilAsserted(() -> assertThat(new RawTopic("TBW102").isRouted(nameServer.nameServer()))
                            .as("routes of a broker that has gone")
                            .isFalse());
        }
    }

    private static void sendAndConsume(Server server) throws Exception {
        try (Clients clients = new Clients(server)) {
            DefaultMQProducer producer = clients.producer();
            String topic = clients.topic(4);
            DefaultMQPushConsumer consumer = clients.pushConsumer(Names.unique("group"));
            consumer.subscribe(topic, "*");
            Received received = new Received().concurrently(consumer);
            clients.start(consumer);

            List<String> sent = Clients.sendNumbered(producer, topic, "m", 40);

            Clients.soon().until(() -> received.count() >= 40);
            assertThat(received.bodies()).containsExactlyInAnyOrderElementsOf(sent);
        }
    }
}
