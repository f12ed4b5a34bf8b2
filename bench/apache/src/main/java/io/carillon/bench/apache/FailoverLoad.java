package io.carillon.bench.apache;

import java.util.Random;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

/**
 * Sends 1 KB messages one after the other through the official client with its default settings until it is killed. Says how
 * many were acknowledged, every second, and between which acknowledgements much time passed. Runs in a process of its own, on
 * Apache's class path.
 *
 * <p>Arguments: name server address, topic.
 */
public final class FailoverLoad {
    private static final int BODY_BYTES = 1024;
    private static final int GAP_MS = 100;
    private static final int TOLD_EVERY_MS = 1_000;
    private static final int PAUSE_AFTER_FAILURE_MS = 5;

    private final DefaultMQProducer producer = new DefaultMQProducer("bench_failover_producer");
    private final String topic;
    private final byte[] body = new byte[BODY_BYTES];
    private long acknowledged;
    private long failed;
    private long lastMs;
    private long toldMs;

    private FailoverLoad(String topic) {
        this.topic = topic;
        new Random(1).nextBytes(body);
    }

    public static void main(String[] args) throws Exception {
        new FailoverLoad(args[1]).run(args[0]);
    }

    private void run(String nameServer) throws Exception {
        producer.setNamesrvAddr(nameServer);
        producer.start();
        lastMs = System.currentTimeMillis();
        while (true) {
            if (isAcknowledged(new Message(topic, body))) {
                tell(System.currentTimeMillis());
            } else {
                failed++;
                Thread.sleep(PAUSE_AFTER_FAILURE_MS);
            }
        }
    }

    /** Stored where it was sent to, but not yet where it is to be safe, is not acknowledged. */
    private boolean isAcknowledged(Message message) throws InterruptedException {
        try {
            SendResult result = producer.send(message);
            return result.getSendStatus() == SendStatus.SEND_OK;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            if (failed == 0) {
                System.out.println("first failure after " + acknowledged + ": " + e);
            }
            return false;
        }
    }

    private void tell(long nowMs) {
        acknowledged++;
        if (nowMs - lastMs >= GAP_MS && acknowledged > 1) {
            System.out.printf("gap from=%d to=%d failed=%d%n", lastMs, nowMs, failed);
        }
        if (nowMs - toldMs >= TOLD_EVERY_MS) {
            System.out.println("acknowledged " + acknowledged);
            toldMs = nowMs;
        }
        lastMs = nowMs;
        failed = 0;
    }
}
