package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonCommand;
import io.carillon.systemtests.harness.CarillonCommand.Ended;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.OsProcess;
import io.carillon.systemtests.harness.Server;
import io.carillon.systemtests.harness.Shutdowns;
import io.carillon.systemtests.harness.Workspace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A backup is taken while messages are sent, the server dies, and another one goes on from the backup. */
class BackupTest {
    private static final int DONE = 0;

    @BeforeAll
    static void onlyCarillon() {
        Assumptions.assumeFalse(Server.isApache(), "Apache has no such commands");
    }

    /** Sends without a pause, and knows what was acknowledged. */
    private static final class Sender implements AutoCloseable {
        final ConcurrentLinkedQueue<SendResult> acknowledged = new ConcurrentLinkedQueue<>();
        private final AtomicBoolean isOver = new AtomicBoolean();
        private final Thread thread;

        Sender(DefaultMQProducer producer, String topic) {
            thread = Thread.ofVirtual().start(() -> {
                for (int n = 0; !isOver.get(); n++) {
                    try {
                        SendResult result = producer.send(new Message(topic, new byte[1000 + n % 1000]));
                        if (result.getSendStatus() == SendStatus.SEND_OK) {
                            acknowledged.add(result);
                        }
                    } catch (Exception e) {
                        return; // the server was killed; were it before, too little would be sent
                    }
                }
            });
        }

        @Override
        public void close() throws InterruptedException {
            isOver.set(true);
            thread.join();
        }
    }

    private static String[] backup(CarillonServer server, Path folder, String... more) {
        String[] words = new String[4 + more.length];
        System.arraycopy(new String[] {"backup", folder.toString(), "--server", server.broker()}, 0, words, 0, 4);
        System.arraycopy(more, 0, words, 4, more.length);
        return words;
    }

    private static void assertDone(Ended ended) {
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(DONE);
    }

    @Test
    void allThatWasAcknowledgedBeforeABackupIsInWhatIsRestoredFromIt() throws Exception {
        String name = "backup-" + Dialect.VERSION;
        String group = Names.unique("group");
        String consumed;
        String topic;
        String later;
        List<SendResult> before;
        Path folder;
        try (CarillonServer server = CarillonServer.start(name, "--set", "log.segment-size=1MiB");
                Clients clients = new Clients(server)) {
            folder = server.data().resolveSibling("backup");
            DefaultMQProducer producer = clients.producer();
            consumed = clients.topic(2);
            topic = clients.topic(2);
            later = clients.topic(1);
            consumeAndStop(clients, producer, consumed, group);
            sendLater(producer, later, 15);
            try (Sender sender = new Sender(producer, topic)) {
                Clients.soon().until(() -> sender.acknowledged.size() > 3000);
                before = List.copyOf(sender.acknowledged);
                assertDone(CarillonCommand.run(folder.resolveSibling("commands"), backup(server, folder)));
                int meanwhile = sender.acknowledged.size() - before.size();
                assertThat(meanwhile).as("sent while the backup ran").isGreaterThan(100);
                server.kill();
            }
        }
        Path restored = Workspace.folder(name + "-restored");
        Path data = restored.resolve("data");
        assertDone(CarillonCommand.run(restored, "restore", folder.toString(), "--data", data.toString()));
        try (CarillonServer server = CarillonServer.startOn(restored, data, "--set", "log.segment-size=1MiB");
                Clients clients = new Clients(server)) {
            assertHolds(clients.readAll(topic), before);
            DefaultMQProducer producer = clients.producer();
            DefaultMQPushConsumer consumer = clients.pushConsumer(group);
            consumer.subscribe(consumed, "*");
            Received received = new Received().concurrently(consumer);
            clients.start(consumer);
            Clients.sendNumbered(producer, consumed, "after", 10);
            Clients.soon().until(() -> received.count() >= 10);
            assertThat(received.bodies())
                    .as("what was consumed before stays consumed")
                    .allMatch(body -> body.startsWith("after"));
            assertThat(Received.texts(clients.awaitStored(later, 1))).containsExactly("later");
        }
    }

    private static void consumeAndStop(Clients clients, DefaultMQProducer producer, String topic, String group)
            throws Exception {
        DefaultMQPushConsumer consumer = clients.pushConsumer(group);
        consumer.subscribe(topic, "*");
        Received received = new Received().concurrently(consumer);
        consumer.start();
        Clients.sendNumbered(producer, topic, "before", 20);
        Clients.soon().until(() -> received.count() >= 20);
        Shutdowns.run(consumer::shutdown); // writes its offsets
    }

    private static void sendLater(DefaultMQProducer producer, String topic, int seconds) throws Exception {
        Message message = new Message(topic, Received.bytes("later"));
        MessageAccessor.putProperty(message, "TIMER_DELAY_SEC", Integer.toString(seconds));
        producer.send(message);
    }

    private static void assertHolds(List<MessageExt> stored, List<SendResult> acknowledged) {
        Map<String, MessageExt> byId = new HashMap<>();
        stored.forEach(message -> byId.put(message.getMsgId(), message));
        for (SendResult result : acknowledged) {
            MessageExt message = byId.get(result.getMsgId());
            assertThat(message).as("%s is gone", result).isNotNull();
            assertThat(message.getQueueId()).isEqualTo(result.getMessageQueue().getQueueId());
            assertThat(message.getQueueOffset()).isEqualTo(result.getQueueOffset());
        }
    }

    @Test
    void aBackupThatWasKilledGoesOnWhereItStopped() throws Exception {
        String name = "backup-killed-" + Dialect.VERSION;
        try (CarillonServer server = CarillonServer.start(name, "--set", "log.segment-size=1MiB");
                Clients clients = new Clients(server)) {
            Path commands = server.data().resolveSibling("commands");
            Path folder = server.data().resolveSibling("backup");
            DefaultMQProducer producer = clients.producer();
            String topic = clients.topic(1);
            byte[] body = new byte[100_000];
            new Random(1).nextBytes(body); // a client sends what can be compressed in few bytes
            for (int n = 0; n < 40; n++) {
                producer.send(new Message(topic, body));
            }
            try (OsProcess first =
                    CarillonCommand.start(commands, Map.of(), backup(server, folder, "--rate", "512KiB"))) {
                Path second = folder.resolve("log").resolve(String.format("%020d", 1 << 20));
                Clients.soon().until(() -> Files.exists(second));
                first.kill();
            }
            Ended unfinished = CarillonCommand.run(
                    commands,
                    "restore",
                    folder.toString(),
                    "--data",
                    commands.resolve("data").toString());
            assertThat(unfinished.exitCode()).isEqualTo(5);
            assertThat(unfinished.output()).contains("not finished");
            producer.send(new Message(topic, Received.bytes("last")));
            assertDone(CarillonCommand.run(commands, backup(server, folder)));
            Ended again = CarillonCommand.run(commands, backup(server, folder));
            assertThat(again.exitCode()).isEqualTo(5);
            assertThat(again.output()).contains("a whole copy");
            Path data = Workspace.folder(name + "-restored").resolve("data");
            assertDone(CarillonCommand.run(commands, "restore", folder.toString(), "--data", data.toString()));
            server.kill();
            try (CarillonServer restored = CarillonServer.startOn(data.getParent(), data);
                    Clients others = new Clients(restored)) {
                List<MessageExt> all = others.readAll(topic);
                assertThat(all).hasSize(41);
                assertThat(Received.text(all.getLast())).isEqualTo("last");
                restored.brokerProcess().terminate(Duration.ofSeconds(5));
            }
        }
    }
}
