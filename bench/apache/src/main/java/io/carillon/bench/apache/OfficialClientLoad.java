package io.carillon.bench.apache;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;

/**
 * Sends 1 KB messages at a fixed rate through the official client, asynchronously and without retries, while an official
 * push consumer follows. Prints when it begins and ends to measure, and then one line: what was sent, acknowledged, refused
 * and delivered, and both latencies from the moment a message was due. Runs in a process of its own, on Apache's class path.
 *
 * <p>Arguments: name server address, topic, messages a second, seconds of warm-up, seconds measured.
 */
public final class OfficialClientLoad {
    private static final int BODY_BYTES = 1024;
    private static final int DUE_AT = 0;
    private static final int NUMBER_AT = 8;

    private final long startNs = System.nanoTime();
    private final int ratePerSecond;
    private final int first;
    private final int count;
    private final long[] ackNs;
    private final long[] deliveryNs;
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicInteger delivered = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicLong answered = new AtomicLong();

    private OfficialClientLoad(int ratePerSecond, int warmupSeconds, int measuredSeconds) {
        this.ratePerSecond = ratePerSecond;
        this.first = ratePerSecond * warmupSeconds;
        this.count = ratePerSecond * measuredSeconds;
        this.ackNs = new long[count];
        this.deliveryNs = new long[count];
    }

    public static void main(String[] args) throws Exception {
        var load = new OfficialClientLoad(
                Integer.parseInt(args[2]), Integer.parseInt(args[3]), Integer.parseInt(args[4]));
        load.run(args[0], args[1]);
        System.exit(0); // the client leaves threads behind
    }

    private void run(String nameServer, String topic) throws Exception {
        DefaultMQPushConsumer consumer = consumer(nameServer, topic);
        DefaultMQProducer producer = producer(nameServer);
        byte[] random = new byte[BODY_BYTES];
        new Random(1).nextBytes(random);
        for (int n = 0; n < first + count; n++) {
            if (n == first) {
                System.out.println("measuring");
            }
            while (System.nanoTime() < dueAtNs(n)) {
                LockSupport.parkNanos(dueAtNs(n) - System.nanoTime());
            }
            send(producer, topic, random, n);
        }
        awaitAnswers();
        awaitDeliveries();
        System.out.println("measured");
        report();
        producer.shutdown();
        consumer.shutdown();
    }

    private long dueAtNs(int n) {
        return startNs + 5_000_000_000L + n * 1_000_000_000L / ratePerSecond; // the consumer needs a moment for its queues
    }

    private void send(DefaultMQProducer producer, String topic, byte[] random, int n) {
        byte[] body = random.clone();
        ByteBuffer.wrap(body).putLong(DUE_AT, dueAtNs(n)).putInt(NUMBER_AT, n);
        try {
            producer.send(new Message(topic, body), new Answered(n));
        } catch (Exception e) {
            refused(n, e);
        }
    }

    private void refused(int n, Throwable cause) {
        if (n >= first && refused.incrementAndGet() == 1) {
            System.out.println("first refusal: " + cause);
        }
        answered.incrementAndGet();
    }

    private final class Answered implements SendCallback {
        private final int n;

        Answered(int n) {
            this.n = n;
        }

        @Override
        public void onSuccess(SendResult result) {
            if (n >= first) {
                ackNs[acknowledged.getAndIncrement()] = System.nanoTime() - dueAtNs(n);
            }
            answered.incrementAndGet();
        }

        @Override
        public void onException(Throwable cause) {
            refused(n, cause);
        }
    }

    private static DefaultMQProducer producer(String nameServer) throws Exception {
        var producer = new DefaultMQProducer("bench_official_producer");
        producer.setNamesrvAddr(nameServer);
        producer.setRetryTimesWhenSendAsyncFailed(0);
        producer.start();
        return producer;
    }

    private DefaultMQPushConsumer consumer(String nameServer, String topic) throws Exception {
        var consumer = new DefaultMQPushConsumer("bench_official_consumer");
        consumer.setNamesrvAddr(nameServer);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            messages.forEach(message -> delivered(message.getBody()));
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        return consumer;
    }

    private void delivered(byte[] body) {
        ByteBuffer bytes = ByteBuffer.wrap(body);
        boolean ours = bytes.getLong(DUE_AT) >= startNs; // a delivery from an earlier run, if any, is none of ours
        if (ours && bytes.getInt(NUMBER_AT) >= first) {
            int slot = delivered.getAndIncrement();
            if (slot < count) {
                deliveryNs[slot] = System.nanoTime() - bytes.getLong(DUE_AT);
            }
        }
    }

    private void awaitAnswers() throws InterruptedException {
        long deadlineNs = System.nanoTime() + 10_000_000_000L;
        while (answered.get() < first + count && System.nanoTime() < deadlineNs) {
            Thread.sleep(10);
        }
    }

    private void awaitDeliveries() throws InterruptedException {
        long deadlineNs = System.nanoTime() + 10_000_000_000L;
        while (delivered.get() < acknowledged.get() && System.nanoTime() < deadlineNs) {
            Thread.sleep(10);
        }
    }

    private void report() {
        int acks = acknowledged.get();
        int deliveries = Math.min(delivered.get(), count);
        System.out.printf(
                "result sent=%d acknowledged=%d refused=%d unanswered=%d delivered=%d"
                        + " ackP50Ns=%d ackP99Ns=%d deliveryP50Ns=%d deliveryP99Ns=%d%n",
                count,
                acks,
                refused.get(),
                first + count - answered.get(),
                delivered.get(),
                percentile(ackNs, acks, 0.50),
                percentile(ackNs, acks, 0.99),
                percentile(deliveryNs, deliveries, 0.50),
                percentile(deliveryNs, deliveries, 0.99));
    }

    private static long percentile(long[] values, int count, double share) {
        if (count == 0) {
            return 0;
        }
        long[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        return sorted[(int) Math.min(count - 1, Math.floor(share * count))];
    }
}
