package io.carillon.systemtests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.OsProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How long an ordered producer goes without an acknowledgement when the leader goes. Measured by hand: it takes minutes. */
class FailoverFiguresTest {
    private static final int TIMES = Integer.getInteger("carillon.tests.failover.figures", 0);
    private static final String ONLY = System.getProperty("carillon.tests.failover.only", "");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration AFTER_FAILURE = Duration.ofMillis(10);
    /** WatchdogSec of deploy/carillon.service. */
    private static final Duration SILENCE = Duration.ofSeconds(3);

    /** What happens to the leader, and how often the client asks the name server, in ms. */
    private enum Event {
        /** Whoever watches over the process starts it again at once. */
        KILLED_AND_STARTED_AGAIN(30_000),
        KILLED_FOR_GOOD(30_000),
        KILLED_FOR_GOOD_CLIENT_ASKS_EACH_5_S(5_000),
        KILLED_FOR_GOOD_CLIENT_ASKS_EACH_SECOND(1_000),
        PAUSED(30_000),
        PAUSED_CLIENT_ASKS_EACH_SECOND(1_000),
        /** Whoever watches over the process kills it, when it has given no sign of life for 3 s, and starts it again. */
        PAUSED_UNDER_A_WATCHDOG(30_000),
        STOPPED_AND_STARTED_AGAIN(30_000),
        /** As {@code carillon cluster transfer} does it; the one that led goes on as a follower. */
        HANDED_OVER(30_000);

        final int pollMs;

        Event(int pollMs) {
            this.pollMs = pollMs;
        }
    }

    @ParameterizedTest
    @EnumSource
    void longestTimeWithoutAnAcknowledgement(Event event) throws Exception {
        Assumptions.assumeTrue(TIMES > 0, "is measured with -Dcarillon.tests.failover.figures=50");
        Assumptions.assumeTrue(ONLY.isEmpty() || ONLY.equals(event.name()), "another one is measured");
        try (CarillonGroup group = start(event);
                Clients clients = new Clients(group.nodes().getFirst())) {
            DefaultMQProducer producer = new DefaultMQProducer(Names.unique("figures"));
            producer.setNamesrvAddr(group.nameServer());
            producer.setPollNameServerInterval(event.pollMs);
            producer.start();
            clients.atEnd(producer::shutdown);
            Sender sender = new Sender(producer, clients.topic(1));
            Thread sending = Thread.ofPlatform().start(sender);
            List<Long> gapsMs = new ArrayList<>();
            for (int n = 1; n <= TIMES; n++) {
                sender.awaitAcked(200);
                gapsMs.add(gapMs(event, group, sender));
                System.out.println("failover figures: " + event + " " + n + ": " + gapsMs.getLast() + " ms");
            }
            sender.stopping = true;
            sending.join();
            print(event, gapsMs);
            assertThat(clients.readAll(sender.topic).stream()
                            .map(message -> Long.parseLong(Received.text(message)))
                            .toList())
                    .as("in order, without a gap, each once")
                    .isEqualTo(java.util.stream.LongStream.rangeClosed(1, sender.acked.get())
                            .boxed()
                            .toList());
        }
    }

    private static CarillonGroup start(Event event) {
        return event == Event.PAUSED_UNDER_A_WATCHDOG
                ? CarillonGroup.startWatched("failover-figures", 3, SILENCE)
                : CarillonGroup.start("failover-figures", 3);
    }

    private static long gapMs(Event event, CarillonGroup group, Sender sender) {
        CarillonServer leader = group.awaitLeader();
        sender.longestNs.set(0);
        switch (event) {
            case KILLED_AND_STARTED_AGAIN -> {
                leader.kill();
                leader.restart();
                sender.awaitAcked(1);
            }
            case KILLED_FOR_GOOD, KILLED_FOR_GOOD_CLIENT_ASKS_EACH_5_S, KILLED_FOR_GOOD_CLIENT_ASKS_EACH_SECOND -> {
                leader.kill();
                sender.awaitAcked(1);
                leader.restart();
            }
            case PAUSED, PAUSED_CLIENT_ASKS_EACH_SECOND -> {
                leader.brokerProcess().pause();
                LockSupport.parkNanos(Duration.ofMillis(100).toNanos()); // for what was on its way
                sender.awaitAcked(1);
                leader.brokerProcess().resume();
            }
            case PAUSED_UNDER_A_WATCHDOG -> {
                sender.askForTheRoute(); // as it does within half a minute: it sends to the leader itself
                sender.awaitAcked(50);
                sender.longestNs.set(0);
                OsProcess hanging = leader.brokerProcess();
                hanging.pause();
                hanging.awaitExit(PATIENCE);
                group.awaitOtherLeader(leader);
                sender.awaitAcked(50);
                group.awaitThatAllServe();
            }
            case HANDED_OVER -> {
                group.handOver(leader);
                sender.awaitAcked(50);
            }
            case STOPPED_AND_STARTED_AGAIN -> {
                leader.stop();
                leader.restart();
                sender.awaitAcked(50);
            }
        }
        return sender.longestNs.get() / 1_000_000;
    }

    private static void print(Event event, List<Long> gapsMs) {
        List<Long> sorted = gapsMs.stream().sorted().toList();
        System.out.println(String.format(
                Locale.ROOT,
                "failover figures: %s, %d times: p50 %d ms, p90 %d ms, worst %d ms",
                event,
                sorted.size(),
                sorted.get(sorted.size() / 2),
                sorted.get(sorted.size() * 9 / 10),
                sorted.getLast()));
    }

    /** Sends 1, 2, 3..., the next one only when this one was acknowledged. */
    private static final class Sender implements Runnable {
        final DefaultMQProducer producer;
        final String topic;
        final AtomicLong acked = new AtomicLong();
        final AtomicLong longestNs = new AtomicLong();
        volatile boolean stopping;
        private long lastNs = System.nanoTime();

        Sender(DefaultMQProducer producer, String topic) {
            this.producer = producer;
            this.topic = topic;
        }

        @Override
        public void run() {
            while (!stopping) {
                Message message = new Message(topic, Received.bytes(Long.toString(acked.get() + 1)));
                while (!isAcked(message)) {
                    LockSupport.parkNanos(AFTER_FAILURE.toNanos());
                }
                long nowNs = System.nanoTime();
                longestNs.accumulateAndGet(nowNs - lastNs, Math::max);
                lastNs = nowNs;
                acked.incrementAndGet();
            }
        }

        private boolean isAcked(Message message) {
            try {
                return producer.send(message, (queues, _, _) -> queues.getFirst(), null)
                                .getSendStatus()
                        == SendStatus.SEND_OK;
            } catch (MQClientException | RemotingException | MQBrokerException e) {
                return false;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @SuppressWarnings("deprecation") // there is no other way to have it ask now
        void askForTheRoute() {
            producer.getDefaultMQProducerImpl().getMqClientFactory().updateTopicRouteInfoFromNameServer(topic);
        }

        void awaitAcked(long more) {
            long wanted = acked.get() + more;
            Awaitility.await("acknowledgements")
                    .atMost(PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> acked.get() >= wanted);
        }
    }
}
