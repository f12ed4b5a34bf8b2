package io.carillon.broker.pop;

import io.carillon.base.Counters;
import io.carillon.broker.Broker;
import io.carillon.broker.SmallBroker;
import io.carillon.broker.produce.Intake;
import io.carillon.broker.produce.Send;
import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.QueueEntry;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.Topic;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A broker on a made-up disk and clock, with one topic and one group that pops from it. */
final class PopBroker {
    static final String TOPIC = "T";
    static final String GROUP = "G";

    final ManualTicker ticker = new ManualTicker();
    private LossyStorage disk = new LossyStorage();
    private final PopConfig config;
    private Broker broker;
    private int sent;

    /** A message as a consumer got it. */
    record Got(String id, RetryKind kind, int queue, long offset, long poppedMs, int reconsumeTimes, int tries) {
        String topic() {
            return kind.topic(TOPIC, GROUP);
        }
    }

    PopBroker(int queues, int retryMax) {
        this(queues, retryMax, PopConfig.DEFAULT);
    }

    PopBroker(int queues, int retryMax, PopConfig config) {
        this.config = config;
        broker = open();
        broker.topics().put(Topic.of(TOPIC, queues), _ -> {});
        ConsumerGroup of = ConsumerGroup.of(GROUP);
        broker.groups()
                .put(
                        new ConsumerGroup(
                                GROUP,
                                true,
                                true,
                                true,
                                false,
                                1,
                                retryMax,
                                of.retryPolicy(),
                                0,
                                1,
                                true,
                                0,
                                15,
                                List.of(),
                                Map.of()),
                        _ -> {});
        work();
    }

    private Broker open() {
        Broker opened = Broker.open(
                SmallBroker.config(config), disk, ticker, new Counters(), new SplittableRandom(1), Runnable::run);
        opened.produce().storeHost(new InetSocketAddress("10.0.0.1", 10911));
        return opened;
    }

    Broker broker() {
        return broker;
    }

    PopService pops() {
        return broker.pop();
    }

    LossyStorage disk() {
        return disk;
    }

    /** Runs all agents until none has anything to do. */
    void work() {
        SmallBroker.work(broker);
    }

    /** Lets time pass and everybody do what is due then. */
    void pass(long ms) {
        ticker.advanceMs(ms);
        work();
    }

    /** Pulls the plug: what was not forced is lost in part or whole. */
    void crash(Loss loss) {
        disk = disk.afterPowerLoss(loss);
        broker = open();
        work();
    }

    void restart() {
        broker.close();
        broker = open();
        work();
    }

    /** Stores a message durably and returns what it is called. */
    String send(int queue, String tag) {
        String id = "m" + sent++;
        Send send = new Send();
        byte[] topic = TOPIC.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(topic, 0, send.topic, 0, topic.length);
        send.topicBytes = topic.length;
        send.queueId = queue;
        byte[] properties = MessageProperties.encode(Map.of("UNIQ_KEY", id, "TAGS", tag));
        System.arraycopy(properties, 0, send.properties, 0, properties.length);
        send.propertiesBytes = properties.length;
        send.bornHost = new byte[] {1, 2, 3, 4, 0, 0, 0, 5};
        send.body = ByteBuffer.wrap(id.getBytes(StandardCharsets.UTF_8));
        AppendBatch batch = new AppendBatch(_ -> {});
        if (broker.produce().take(send, new Intake(), batch) != null) {
            throw new IllegalStateException("the message was refused");
        }
        broker.log().append(batch);
        work();
        return id;
    }

    static Pop pop(int max, long invisibleMs) {
        return new Pop(GROUP, TOPIC, -1, max, invisibleMs, false, "", "TAG", false, null);
    }

    static Pop ordered(int max, long invisibleMs, @Nullable String attempt) {
        return new Pop(GROUP, TOPIC, 0, max, invisibleMs, false, "", "TAG", true, attempt);
    }

    /** Pops, and waits until it is told. */
    PopResult result(Pop pop) {
        List<PopResult> told = new ArrayList<>();
        pops().pop(pop, told::add);
        work();
        return told.getFirst();
    }

    List<Got> take(Pop pop) {
        return result(pop) instanceof PopResult.Found(Popped popped) ? got(popped) : List.of();
    }

    List<Got> got(Popped popped) {
        List<Got> all = new ArrayList<>();
        for (PoppedPart part : popped.parts()) {
            for (int i = 0; i < part.count(); i++) {
                MemorySegment record = pops().record(part, i);
                if (record == null) {
                    throw new IllegalStateException("a popped message is gone: " + part.offset(i));
                }
                all.add(new Got(
                        body(record),
                        part.kind(),
                        part.queue(),
                        part.offset(i),
                        popped.poppedMs(),
                        MessageRecord.reconsumeTimes(record, 0),
                        part.tries(i)));
            }
        }
        return all;
    }

    static String body(MemorySegment record) {
        long at = MessageRecord.bodyAt(record, 0);
        byte[] bytes = record.asSlice(at, MessageRecord.bodyLength(record, 0)).toArray(ValueLayout.JAVA_BYTE);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    PopService.Outcome ack(Got got) {
        return pops().ack(GROUP, got.topic(), got.queue(), got.offset(), got.poppedMs());
    }

    /** These, of one queue and one pop, never reached their consumer. */
    void giveBack(List<Got> got) {
        Got first = got.getFirst();
        pops().giveBack(
                        GROUP,
                        first.topic(),
                        first.queue(),
                        first.poppedMs(),
                        got.stream().mapToLong(Got::offset).toArray());
        work();
    }

    /** @return since when it counts as handed out now, or -1 when it was refused */
    long change(Got got, long invisibleMs) {
        List<Long> told = new ArrayList<>();
        pops().changeInvisible(
                        GROUP,
                        got.topic(),
                        got.queue(),
                        got.offset(),
                        got.poppedMs(),
                        invisibleMs,
                        (outcome, poppedMs, _) -> told.add(outcome == PopService.Outcome.DONE ? poppedMs : -1));
        work();
        return told.getFirst();
    }

    /** The bodies of all messages of a topic's queue. */
    List<String> stored(String topic) {
        List<String> all = new ArrayList<>();
        ConsumeQueue queue = broker.log().existingQueue(topic, 0);
        QueueEntry entry = new QueueEntry();
        for (long at = queue == null ? 0 : queue.offsetMin(); queue != null && queue.read(at, entry); at++) {
            MemorySegment record = broker.log().record(entry.logOffset);
            if (record != null) {
                all.add(body(record));
            }
        }
        return all;
    }

    long committed(int queue) {
        return broker.offsets().of(GROUP).getOrDefault(TOPIC, Map.of()).getOrDefault(queue, -1L);
    }
}
