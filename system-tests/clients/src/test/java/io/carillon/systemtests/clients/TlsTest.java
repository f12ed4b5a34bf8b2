package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Certificate;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.harness.Workspace;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Official clients that encrypt what they say. */
class TlsTest {
    @BeforeAll
    static void onlyCarillon() {
        Assumptions.assumeFalse(Server.isApache(), "Apache is configured otherwise");
    }

    private static DefaultMQProducer producer(Clients clients, boolean encrypts) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(Names.unique("producers"));
        clients.configure(producer);
        producer.setUseTLS(encrypts);
        producer.setSendMsgTimeout(10_000);
        producer.start();
        clients.atEnd(producer::shutdown);
        return producer;
    }

    private static SendStatus send(DefaultMQProducer producer, String body) throws Exception {
        return producer.send(new Message("TlsTopic", Received.bytes(body))).getSendStatus();
    }

    @Test
    void clientsWithAndWithoutTlsShareAPort() throws Exception {
        try (Server server = Server.startCarillon("tls", "--set", "tls.self-signed=true");
                Clients clients = new Clients(server)) {
            assertThat(send(producer(clients, true), "encrypted")).isEqualTo(SendStatus.SEND_OK);
            assertThat(send(producer(clients, false), "plain")).isEqualTo(SendStatus.SEND_OK);
            assertThat(Received.texts(clients.awaitStored("TlsTopic", 2)))
                    .containsExactlyInAnyOrder("encrypted", "plain");
        }
    }

    @Test
    void plainConnectionsAreRefusedWhenTlsIsEnforced() throws Exception {
        try (CarillonServer server = CarillonServer.start(
                        "tls-only", "--set", "tls.self-signed=true", "--set", "tls.mode=enforcing");
                Clients clients = new Clients(server)) {
            assertThat(send(producer(clients, true), "encrypted")).isEqualTo(SendStatus.SEND_OK);
            DefaultMQProducer plain = producer(clients, false);
            assertThatThrownBy(() -> send(plain, "plain")).isInstanceOf(Exception.class);
        }
    }

    @Test
    void aNewCertificateIsInForceWithoutALostSend() throws Exception {
        Path folder = Workspace.folder("tls-reload");
        Certificate first = Certificate.make(folder, "first");
        first.copyTo(folder.resolve("server.pem"), folder.resolve("server-key.pem"));
        try (CarillonServer server = CarillonServer.startOn(
                        folder,
                        folder.resolve("data"),
                        "--set",
                        "tls.certificate=" + folder.resolve("server.pem"),
                        "--set",
                        "tls.key=" + folder.resolve("server-key.pem"));
                Clients clients = new Clients(server)) {
            DefaultMQProducer producer = producer(clients, true);
            producer.setRetryTimesWhenSendFailed(0);
            AtomicInteger sent = new AtomicInteger();
            AtomicReference<Exception> failure = new AtomicReference<>();
            AtomicBoolean isEnough = new AtomicBoolean();
            Thread load = Thread.startVirtualThread(() -> {
                try {
                    while (!isEnough.get()) {
                        send(producer, "m" + sent.incrementAndGet());
                    }
                } catch (Exception e) {
                    failure.set(e);
                }
            });
            Clients.soon().until(() -> sent.get() > 20);

            Certificate second = Certificate.make(folder, "second");
            second.copyTo(folder.resolve("server.pem"), folder.resolve("server-key.pem"));
            server.brokerProcess().awaitLine(
                    java.util.regex.Pattern.compile("(new certificate in force)"), java.time.Duration.ofSeconds(20));
            int before = sent.get();
            Clients.soon().until(() -> sent.get() > before + 20 || failure.get() != null);
            isEnough.set(true);
            load.join();

            assertThat(failure.get()).isNull();
            assertThat(second.isShownAt(server.broker())).isTrue();
            assertThat(first.isShownAt(server.broker())).isFalse();
        }
    }
}
