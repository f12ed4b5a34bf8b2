package io.carillon.broker.produce;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * One send as a client asked for it. Filled by a front and read by {@link ProduceService#take}; reused by one thread.
 * The arrays are scratch space: only their first bytes count.
 */
public final class Send {
    /** Longer than any topic's name may be, so that a too long one is told as such. */
    private static final int TOPIC_BYTES = 1 << 10;

    public byte[] topic = new byte[TOPIC_BYTES];
    public int topicBytes;
    /** The topic that a missing one is made after; empty for none. */
    public String template = "";
    /** Whether the sender belongs to a unit, of which a topic that its send makes tells. */
    public boolean isOfUnit;
    /** How many queues the client wants of a topic that its send makes. */
    public int templateQueues;
    /** Below 0: the broker chooses. */
    public int queueId;

    public int sysFlag;
    public int flag;
    public long bornTimestampMs;
    public int reconsumeTimes;
    /** After how many tries a message that is sent to a retry topic becomes a dead letter; below 0: as its group says. */
    public int maxReconsumeTimes = -1;
    /** Address and port of the sender as stored: 8 or 20 bytes. */
    public byte[] bornHost = new byte[0];
    /** Whether the body holds many messages. */
    public boolean isBatch;

    public byte[] properties = new byte[Short.MAX_VALUE + 1];
    public int propertiesBytes;
    public ByteBuffer body = ByteBuffer.allocate(0);

    /** Whether it is alone in the batch of a {@link io.carillon.schedule.KeyedSend}. */
    public boolean isKeyed;

    /** Whether the sender may send to a topic that the front has not looked at: one that a property names. */
    public Predicate<String> mayPublish = _ -> true;

    /** Found by {@link ProduceService#take}: light queues that do not exist yet. */
    List<String> missingLight = List.of();

    /** Found by {@link ProduceService#take}: it was tried too often and goes to the dead letters. */
    boolean isDeadLetter;

    /** Whether what it lacks are light queues, of which a batch may name ever more. */
    public boolean lacksLightQueues() {
        return !missingLight.isEmpty();
    }

    public String topicName() {
        return new String(topic, 0, topicBytes, StandardCharsets.UTF_8);
    }

    /** A copy that shares nothing with this one, for a send that must wait. */
    public Send copy() {
        Send copy = new Send();
        copy.topic = Arrays.copyOf(topic, topicBytes);
        copy.topicBytes = topicBytes;
        copy.template = template;
        copy.templateQueues = templateQueues;
        copy.isOfUnit = isOfUnit;
        copy.queueId = queueId;
        copy.sysFlag = sysFlag;
        copy.flag = flag;
        copy.bornTimestampMs = bornTimestampMs;
        copy.reconsumeTimes = reconsumeTimes;
        copy.maxReconsumeTimes = maxReconsumeTimes;
        copy.bornHost = bornHost.clone();
        copy.isBatch = isBatch;
        copy.mayPublish = mayPublish;
        copy.missingLight = missingLight;
        copy.properties = Arrays.copyOf(properties, propertiesBytes);
        copy.propertiesBytes = propertiesBytes;
        copy.body = ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip();
        return copy;
    }
}
