package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.Server;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.apache.rocketmq.client.common.ClientErrorCode;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** kill -9 while offsets are committed, reset and asked for, again and again; the history is judged as it goes. */
class OffsetKillTest {
    private static final int KILLS = Integer.getInteger("carillon.tests.offset.kills", 6);
    private static final int QUEUES = 4;
    private static final int STEPS_MAX = 10;

    private final OffsetHistory history = new OffsetHistory();
    private final Queue<Throwable> crashes = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isWorking = new AtomicBoolean(true);
    private final AtomicInteger unanswered = new AtomicInteger();
    private final AtomicInteger resets = new AtomicInteger();
    private final AtomicInteger oneWays = new AtomicInteger();
    /** Then nothing makes the server store offsets at once but that it is asked for them. */
    private final AtomicBoolean isOneWay = new AtomicBoolean();

    @Test
    void keepsWhatWasAnsweredOverManyKills() throws Exception {
        Assumptions.assumeFalse(Server.isApache(), "Apache's broker stores offsets every five seconds");
        long seed = Long.getLong("carillon.tests.seed", System.nanoTime());
        System.out.println("offset kill test: -Dcarillon.tests.seed=" + seed);
        Random random = new Random(seed);
        try (Server server = Server.start("offset-history-kill");
                Clients clients = new Clients(server)) {
            String topic = clients.topic(QUEUES);
            RawOffsets offsets = new RawOffsets(clients, topic, Names.unique("group"));
            DefaultMQProducer producer = clients.producer();
            List<Thread> threads = new ArrayList<>();
            threads.add(launch(() -> send(producer, topic)));
            for (int queue = 0; queue < QUEUES; queue++) {
                int mine = queue;
                Random own = new Random(seed + queue + 1);
                threads.add(launch(() -> work(offsets, mine, own)));
            }
            for (int kill = 0; kill < KILLS; kill++) {
                isOneWay.set(kill % 2 == 1);
                if (isOneWay.get()) {
                    await(oneWays::get, 50 + random.nextInt(50));
                } else {
                    await(history::confirmedCount, 100 + random.nextInt(400));
                }
                server.kill();
                server.restart();
            }
            isOneWay.set(false);
            await(history::confirmedCount, 100);
            isWorking.set(false);
            for (Thread thread : threads) {
                thread.join();
            }
            server.kill();
            server.restart();
            for (int queue = 0; queue < QUEUES; queue++) {
                ask(offsets, queue);
            }

            System.out.println(
                    "offset kill test: " + history.confirmedCount() + " confirmed, " + resets + " resets, " + oneWays
                            + " times without answers, "
                            + unanswered + " not answered");
            assertThat(crashes).isEmpty();
            assertThat(history.violations()).as("seed " + seed).isEmpty();
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    /** Does it until the test is over. A request that is not answered means that the server was killed, all else a fault. */
    private Thread launch(Work work) {
        return Thread.ofVirtual().start(() -> {
            while (isWorking.get()) {
                try {
                    work.run();
                } catch (Exception | Error e) {
                    if (!isUnanswered(e)) {
                        crashes.add(e);
                        return;
                    }
                    unanswered.incrementAndGet();
                    LockSupport.parkNanos(20_000_000); // how long is of no matter to the result
                }
            }
        });
    }

    /** A group, if the tests are run against one, says that nobody leads, and its name server that nobody takes messages. */
    private static boolean isUnanswered(Throwable e) {
        return switch (e) {
            case RemotingException _, IOException _ -> true;
            case MQBrokerException refused -> refused.getResponseCode() == ResponseCode.SERVICE_NOT_AVAILABLE;
            case MQClientException failed ->
                failed.getCause() == null
                        ? failed.getResponseCode() == ClientErrorCode.NOT_FOUND_TOPIC_EXCEPTION
                        : isUnanswered(failed.getCause());
            default -> false;
        };
    }

    private void await(IntSupplier count, int more) {
        int wanted = count.getAsInt() + more;
        Awaitility.await("answers")
                .atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> count.getAsInt() >= wanted || !crashes.isEmpty());
        assertThat(crashes).isEmpty();
    }

    /** So that queues end elsewhere all the time. */
    private static void send(DefaultMQProducer producer, String topic) throws Exception {
        producer.send(new Message(topic, Received.bytes("m")));
    }

    private long ask(RawOffsets offsets, int queue) throws Exception {
        long at = offsets.ask(queue);
        history.told(queue, at, offsets.end(queue));
        return at;
    }

    /** What a consumer and an administrator do in one queue, one after the other, until the server is to be asked again. */
    private void work(RawOffsets offsets, int queue, Random random) throws Exception {
        long at = ask(offsets, queue);
        offsets.readFrom(queue, at);
        long end = offsets.end(queue);
        List<Long> steps = steps(at, end, random);
        switch (isOneWay.get() ? 1 : random.nextInt(4)) {
            case 0 -> reset(offsets, queue, random.nextLong(end + 1));
            case 1 -> commitOneWay(offsets, queue, steps);
            default -> commit(offsets, queue, steps);
        }
    }

    private static List<Long> steps(long from, long end, Random random) {
        List<Long> steps = new ArrayList<>();
        for (long at = from; at < end && steps.size() < STEPS_MAX; ) {
            at += 1 + random.nextLong(Math.min(3, end - at));
            steps.add(at);
        }
        return steps;
    }

    private void commit(RawOffsets offsets, int queue, List<Long> steps) throws Exception {
        for (long at : steps) {
            history.storing(queue, at);
            if (!offsets.commit(queue, at)) {
                return; // that the reset was taken was not durable when the server was killed: it stands again
            }
            history.stored(queue, at);
        }
    }

    private void commitOneWay(RawOffsets offsets, int queue, List<Long> steps) throws Exception {
        steps.forEach(at -> history.storing(queue, at));
        history.told(queue, offsets.commitOneWay(queue, steps), offsets.end(queue));
        oneWays.incrementAndGet();
    }

    private void reset(RawOffsets offsets, int queue, long offset) throws Exception {
        history.storing(queue, offset);
        offsets.reset(queue, offset);
        history.stored(queue, offset);
        resets.incrementAndGet();
    }
}
