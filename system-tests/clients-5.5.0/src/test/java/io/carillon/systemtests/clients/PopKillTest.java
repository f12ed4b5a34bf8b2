package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.clients.PopHistory.Popped;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.client.consumer.AckStatus;
import org.apache.rocketmq.client.consumer.PopResult;
import org.apache.rocketmq.client.consumer.PopStatus;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.header.ExtraInfoUtil;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** kill -9 while messages are sent, popped, invisible and acknowledged, again and again; the history is judged at the end. */
class PopKillTest {
    private static final int KILLS = Integer.getInteger("carillon.tests.pop.kills", 6);
    private static final int POPPERS = 3;
    private static final long INVISIBLE_MS = 2_000;

    private final PopHistory history = new PopHistory();
    private final Workers workers = new Workers();
    private final AtomicBoolean isSending = new AtomicBoolean(true);
    private final AtomicBoolean isPopping = new AtomicBoolean(true);
    private final String group = Names.unique("poppers");

    @Test
    void keepsOneOwnerAndLosesNothingOverManyKills() throws Exception {
        Assumptions.assumeFalse(Server.isApache(), "Apache's broker may hand out again what was in flight at a kill");
        long seed = Long.getLong("carillon.tests.seed", System.nanoTime());
        System.out.println("pop kill test: -Dcarillon.tests.seed=" + seed);
        Random random = new Random(seed);
        try (Server server = Server.start("pop-history-kill");
                Clients clients = new Clients(server)) {
            String topic = clients.topic(4);
            List<Thread> poppers = new ArrayList<>();
            for (int n = 0; n < POPPERS; n++) {
                RawPops pops = new RawPops(clients, topic, group);
                Random own = new Random(seed + n + 1);
                poppers.add(workers.launch(() -> popUntilStopped(pops, own)));
            }
            DefaultMQProducer producer = clients.producer();
            Thread sender = workers.launch(() -> sendUntilStopped(producer, topic));
            for (int kill = 0; kill < KILLS; kill++) {
                int before = history.handedOutCount();
                int wanted = before + 300 + random.nextInt(1_000);
                waiting("pops")
                        .until(() -> history.handedOutCount() >= wanted
                                || !workers.crashes().isEmpty());
                long beganMs = System.currentTimeMillis();
                server.kill();
                history.killed(beganMs, System.currentTimeMillis());
                server.restart();
            }
            isSending.set(false);
            sender.join();
            waiting("acknowledgements")
                    .until(() -> history.openCount() == 0 || !workers.crashes().isEmpty());
            // what is acknowledged must not come again, and it would within this time
            long endMs = System.currentTimeMillis();
            waiting("the last to be visible")
                    .until(() -> System.currentTimeMillis() > endMs + INVISIBLE_MS + 1_000
                            || !workers.crashes().isEmpty());
            isPopping.set(false);
            for (Thread popper : poppers) {
                popper.join();
            }
            System.out.println("pop kill test: " + history.handedOutCount() + " handed out");
            assertThat(workers.crashes()).isEmpty();
            assertThat(history.violations(endMs)).as("seed " + seed).isEmpty();
        }
    }

    private static ConditionFactory waiting(String what) {
        return Awaitility.await(what)
                .atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5));
    }

    /** One message in a time, so that there are not more in flight than can come again soon. */
    private void sendUntilStopped(DefaultMQProducer producer, String topic) {
        for (int n = 0; isSending.get(); n++) {
            String body = "m" + n;
            history.sending(body);
            try {
                if (producer.send(new Message(topic, Received.bytes(body))).getSendStatus() == SendStatus.SEND_OK) {
                    history.stored(body);
                }
            } catch (RuntimeException e) {
                throw e; // no kill, but a fault
            } catch (Exception e) {
                // the server was killed: whether it is stored, nobody knows
                pause();
            }
        }
    }

    private void popUntilStopped(RawPops pops, Random random) {
        while (isPopping.get()) {
            long askedMs = System.currentTimeMillis();
            try {
                PopResult result = pops.pop(16, INVISIBLE_MS, 500);
                long gotMs = System.currentTimeMillis();
                if (result.getPopStatus() == PopStatus.FOUND) {
                    List<MessageExt> batch = result.getMsgFoundList();
                    List<Popped> noted = batch.stream()
                            .map(message -> note(message, askedMs, gotMs))
                            .toList();
                    for (int i = 0; i < batch.size(); i++) {
                        // one in four is forgotten
                        if (random.nextInt(4) > 0) {
                            ack(pops, batch.get(i), noted.get(i));
                        }
                    }
                }
            } catch (RuntimeException e) {
                throw e; // no kill, but a fault
            } catch (Exception e) {
                // the server was killed: what it handed out and nobody got comes again
                pause();
            }
        }
    }

    private Popped note(MessageExt message, long askedMs, long gotMs) {
        String[] receipt = ExtraInfoUtil.split(message.getProperty("POP_CK"));
        Popped popped = new Popped(
                Received.text(message),
                askedMs,
                gotMs,
                ExtraInfoUtil.getPopTime(receipt),
                ExtraInfoUtil.getInvisibleTime(receipt));
        history.popped(popped);
        return popped;
    }

    private void ack(RawPops pops, MessageExt message, Popped popped) throws Exception {
        history.acking(popped);
        long askedMs = System.currentTimeMillis();
        if (pops.ack(message) == AckStatus.OK) {
            history.acked(popped, askedMs, System.currentTimeMillis());
        }
    }

    /** Lets a killed server come back; how long is of no matter to the result. */
    private static void pause() {
        LockSupport.parkNanos(20_000_000);
    }
}
