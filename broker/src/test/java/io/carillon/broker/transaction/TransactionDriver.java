package io.carillon.broker.transaction;

import io.carillon.base.Agent;
import io.carillon.base.ByteSize;
import io.carillon.base.Counters;
import io.carillon.broker.Broker;
import io.carillon.broker.BrokerConfig;
import io.carillon.broker.client.ClientChannel;
import io.carillon.broker.client.Identity;
import io.carillon.broker.client.TransactionCheck;
import io.carillon.broker.produce.Intake;
import io.carillon.broker.produce.Refused;
import io.carillon.broker.produce.Send;
import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.LogConfig;
import io.carillon.log.QueueEntry;
import io.carillon.message.MessageProperties;
import io.carillon.message.SysFlag;
import io.carillon.message.Topic;
import io.carillon.testkit.Changed;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A broker on a made-up disk and clock, with producers that remember what they were asked. */
final class TransactionDriver {
    static final String GROUP = "producers";

    /** A producer's connection. */
    static final class Producer implements ClientChannel {
        final List<TransactionCheck> checks = new ArrayList<>();
        boolean isOpen = true;
        boolean isBusy;

        @Override
        public InetSocketAddress remoteAddress() {
            return InetSocketAddress.createUnresolved("producer", 1);
        }

        @Override
        public boolean isOpen() {
            return isOpen;
        }

        @Override
        public void membersChanged(String group) {}

        @Override
        public boolean checkTransaction(TransactionCheck check) {
            if (!isBusy) {
                checks.add(check);
            }
            return !isBusy;
        }
    }

    final LossyStorage disk;
    final ManualTicker ticker;
    final Counters counters = new Counters();
    final Broker broker;
    private final Queue<Runnable> aside = new ArrayDeque<>();
    private final Map<String, Producer> producers = new LinkedHashMap<>();

    TransactionDriver(LossyStorage disk, ManualTicker ticker, BrokerConfig config) {
        this.disk = disk;
        this.ticker = ticker;
        broker = Broker.open(config, disk, ticker, counters, new SplittableRandom(1), aside::add);
        broker.produce().storeHost(new InetSocketAddress("10.0.0.1", 10911));
    }

    static BrokerConfig config(TransactionConfig transaction, int segmentBytes, Duration keepFor) {
        LogConfig log = Changed.copy(
                LogConfig.DEFAULT,
                "segmentSize",
                new ByteSize(segmentBytes),
                "checkpointBytes",
                new ByteSize(2L * segmentBytes),
                "keepFor",
                keepFor,
                "diskUseMax",
                100,
                "diskReserve",
                new ByteSize(0),
                "dedupCount",
                1000);
        return Changed.copy(BrokerConfig.DEFAULT, "transaction", transaction, "log", log);
    }

    // ---- running

    /** Runs all agents until none has anything to do. */
    void work() {
        int done;
        do {
            done = 0;
            for (Runnable task = aside.poll(); task != null; task = aside.poll()) {
                task.run();
                done++;
            }
            for (Agent agent : broker.agents()) {
                done += agent.doWork();
            }
        } while (done > 0);
    }

    /** Lets time pass in steps, with all producers sending heartbeats. */
    void pass(Duration time) {
        long leftMs = time.toMillis();
        while (leftMs > 0) {
            long stepMs = Math.min(leftMs, Math.max(1000, time.toMillis() / 200));
            ticker.advanceMs(stepMs);
            leftMs -= stepMs;
            producers.forEach((name, producer) -> heartbeat(name, GROUP, producer));
            work();
        }
    }

    /** A producer that is connected from now on. */
    Producer connect(String clientId) {
        Producer producer = new Producer();
        producers.put(clientId, producer);
        heartbeat(clientId, GROUP, producer);
        return producer;
    }

    void disconnect(String clientId) {
        Producer producer = Objects.requireNonNull(producers.remove(clientId));
        producer.isOpen = false;
        broker.clients().closed(producer);
    }

    private void heartbeat(String clientId, String group, Producer producer) {
        broker.clients().producer(new Identity(producer, clientId, "JAVA", 513), group);
    }

    void makeTopic(String name, int queues) {
        broker.topics().put(Topic.of(name, queues), _ -> {});
        work();
    }

    // ---- sending

    static Map<String, String> half(String uniqueId) {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put(MessageProperties.UNIQ_KEY, uniqueId);
        properties.put(MessageProperties.TRAN_MSG, "true");
        properties.put(MessageProperties.PGROUP, GROUP);
        properties.put(MessageProperties.TAGS, "tag");
        properties.put(MessageProperties.KEYS, "key-" + uniqueId);
        return properties;
    }

    static Send send(String topic, int queue, Map<String, String> properties, byte[] body) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        Send send = new Send();
        System.arraycopy(name, 0, send.topic, 0, name.length);
        send.topicBytes = name.length;
        send.queueId = queue;
        byte[] encoded = MessageProperties.encode(properties);
        System.arraycopy(encoded, 0, send.properties, 0, encoded.length);
        send.propertiesBytes = encoded.length;
        send.bornHost = new byte[] {1, 2, 3, 4, 0, 0, 0, 5};
        send.bornTimestampMs = 77;
        send.flag = 9;
        send.sysFlag = SysFlag.TRANSACTION_PREPARED;
        send.body = ByteBuffer.wrap(body);
        return send;
    }

    @Nullable
    Refused take(Send send, Consumer<AppendBatch> stored) {
        AppendBatch batch = new AppendBatch(stored::accept);
        Refused refused = broker.produce().take(send, new Intake(), batch);
        if (refused == null) {
            broker.log().append(batch);
        }
        return refused;
    }

    /** Halves with the unique ids N0, N1, and so on. */
    void prepareMany(String topic, int count, byte[] body) {
        AppendBatch batch = new AppendBatch(_ -> {});
        Intake intake = new Intake();
        for (int i = 0; i < count; i++) {
            Refused refused = broker.produce().take(send(topic, 0, half("N" + i), body), intake, batch);
            if (refused != null) {
                throw new IllegalStateException(refused.detail());
            }
            if (batch.end() > 256 << 10 || i == count - 1) {
                broker.log().append(batch);
                work();
                batch.clear();
            }
        }
    }

    // ---- reading

    /** The message at this place of a queue, or null when there is none, or none any more. */
    @Nullable
    MemorySegment at(String topic, int queue, long offset) {
        ConsumeQueue found = broker.log().existingQueue(topic, queue);
        QueueEntry entry = new QueueEntry();
        return found == null || !found.read(offset, entry) ? null : broker.log().record(entry.logOffset);
    }

    long count(String name) {
        return counters.snapshot().getOrDefault(name, 0L);
    }
}
