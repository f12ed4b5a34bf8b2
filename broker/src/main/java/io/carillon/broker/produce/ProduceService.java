package io.carillon.broker.produce;

import io.carillon.base.Counters;
import io.carillon.base.HotPath;
import io.carillon.base.Ticker;
import io.carillon.broker.BrokerConfig;
import io.carillon.broker.metadata.Change;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.LightTopics;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.log.AppendBatch;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.DueTime;
import io.carillon.message.Extras;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordScan;
import io.carillon.message.SysFlag;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * FACE: checks a send, chooses its queue and writes its records into a batch for the log. Any thread; an {@link Intake}
 * belongs to one thread.
 */
@HotPath
public final class ProduceService {
    private final Supplier<BrokerConfig> config;
    private final String brokerName;
    private final Topics topics;
    private final Groups groups;
    private final DelayRules delays;
    private final TransactionRules transactions;
    private final LightMarks lightMarks;
    private final Predicate<String> isOrderly;
    private final RandomGenerator random;
    private final UniqueIds uniqueIds;
    private final StoredProperties storedProperties;
    private final LongAdder messages;
    private final LongAdder bytes;
    private volatile byte[] storeHost = new byte[MessageRecord.HOST_V4_BYTES];

    /**
     * @param config asked for each send, since some of it may change meanwhile
     * @param isOrderly whether a group has a consumer that consumes in order
     */
    public ProduceService(
            Supplier<BrokerConfig> config,
            Topics topics,
            Groups groups,
            DelayRules delays,
            TransactionRules transactions,
            LightTopics lightTopics,
            Predicate<String> isOrderly,
            Ticker ticker,
            RandomGenerator random,
            Counters counters) {
        this.config = config;
        this.brokerName = config.get().name();
        this.topics = topics;
        this.groups = groups;
        this.delays = delays;
        this.transactions = transactions;
        this.lightMarks = new LightMarks(lightTopics, topics);
        this.isOrderly = isOrderly;
        this.random = random;
        this.uniqueIds = new UniqueIds(ticker, random);
        this.storedProperties = new StoredProperties(config.get().cluster(), uniqueIds);
        this.messages = counters.counter("messages_in");
        this.bytes = counters.counter("message_bytes_in");
    }

    /** The address that goes into records and message ids: where clients reach this broker. Before the first send. */
    public void storeHost(InetSocketAddress address) {
        storeHost = hostBytes(address);
        uniqueIds.host(storeHost);
    }

    /** Address and port as records hold them: 4 or 16 bytes and an int32. */
    public static byte[] hostBytes(InetSocketAddress address) {
        byte[] ip = address.getAddress().getAddress();
        return ByteBuffer.allocate(ip.length + 4)
                .put(ip)
                .putInt(address.getPort())
                .array();
    }

    public String brokerName() {
        return brokerName;
    }

    /** {@link #storeHost} in the form of {@link #hostBytes}; do not change. */
    public byte[] storeHostBytes() {
        return storeHost;
    }

    /**
     * Checks the send and adds its records to the batch.
     *
     * @param into what is the calling thread's own
     * @return null when it was taken: its records are the last of the batch; else why not, with the batch unchanged
     */
    public @Nullable Refused take(Send send, Intake into, AppendBatch batch) {
        send.missingLight = List.of();
        TopicState topic = topics.find(send.topic, send.topicBytes);
        if (topic == null) {
            return refusalOfMissing(send);
        }
        Topic settings = topic.config();
        Refused refused = refusalBy(settings, send);
        if (refused != null) {
            return refused;
        }
        int queue = send.queueId < 0 ? randomQueue(settings) : send.queueId;
        refused = takeInto(topic, queue, send, into, batch);
        if (refused == null) {
            bytes.add(send.body.remaining());
        }
        return refused;
    }

    /**
     * Looks whether the send's topic would take it now, for who does something else before: nothing is made or kept.
     *
     * @return why not; null also when its topic would have to be made first, and may be
     */
    public @Nullable Refused check(Send send) {
        TopicState topic = topics.find(send.topic, send.topicBytes);
        if (topic != null) {
            return refusalBy(topic.config(), send);
        }
        Refused refused = refusalOfMissing(send);
        if (refused.reason() != Refused.Reason.TO_MAKE) {
            return refused;
        }
        return wanted(send) == null ? noSuchTopic(send) : null;
    }

    private @Nullable Refused refusalBy(Topic settings, Send send) {
        if (TopicName.isForbiddenToClients(settings.name())) {
            return forbidden("Sending message to topic[" + settings.name() + "] is forbidden.");
        }
        if (send.queueId >= settings.queues()) {
            return new Refused(
                    Refused.Reason.INVALID,
                    "request queueId[" + send.queueId + "] is illegal, topic[" + settings.name() + "] has "
                            + settings.queues() + " queues");
        }
        if (!settings.isWritable()) {
            return forbidden("the topic[" + settings.name() + "] sending message is forbidden");
        }
        int bodyBytesMax = config.get().messageSizeMax().intBytes();
        if (send.body.remaining() > bodyBytesMax) {
            return illegal("message body size " + send.body.remaining() + " is over the limit " + bodyBytesMax);
        }
        return null;
    }

    private @Nullable Refused takeInto(TopicState topic, int queue, Send send, Intake into, AppendBatch batch) {
        send.isDeadLetter = false;
        if (send.isBatch) {
            return takeMany(send, topic, queue, into, batch);
        }
        return TopicName.isRetry(topic.config().name())
                ? takeRetry(send, topic, queue, into, batch)
                : takeOne(send, topic, queue, into, batch);
    }

    /** A consumer sends a message back by itself. One that was tried too often goes to its group's dead letters. */
    private @Nullable Refused takeRetry(Send send, TopicState topic, int queue, Intake into, AppendBatch batch) {
        String name = TopicName.groupOfRetry(topic.config().name());
        ConsumerGroup group = groups.find(name);
        if (group == null) {
            return Groups.mayBeMade(name, config.get().autoCreateGroups())
                    ? new Refused(Refused.Reason.TO_MAKE, name)
                    : new Refused(Refused.Reason.NO_GROUP, "subscription group not exist, " + name);
        }
        int triesMax = send.maxReconsumeTimes < 0 ? group.retryMax() : send.maxReconsumeTimes;
        // A consumer counts the try that it sends the message for. One that consumes in order has done all its tries by
        // itself when it sends the message, and does not count: the message would come again for ever.
        int triesDone = send.reconsumeTimes == triesMax && isOrderly.test(name) ? triesMax + 1 : send.reconsumeTimes;
        if (triesDone <= triesMax) {
            return takeOne(send, topic, queue, into, batch);
        }
        TopicState dead = topics.find(TopicName.deadLetterOf(name));
        if (dead == null) {
            return new Refused(Refused.Reason.TO_MAKE, TopicName.deadLetterOf(name));
        }
        if (!dead.config().isWritable() || dead.config().queues() == 0) {
            return forbidden("the topic[" + dead.config().name() + "] sending message is forbidden");
        }
        send.isDeadLetter = true;
        return takeOne(send, dead, 0, into, batch);
    }

    private int randomQueue(Topic settings) {
        return random.nextInt(Math.max(1, settings.writeQueues()));
    }

    private static Refused forbidden(String detail) {
        return new Refused(Refused.Reason.FORBIDDEN, detail);
    }

    private static Refused illegal(String detail) {
        return new Refused(Refused.Reason.ILLEGAL_MESSAGE, detail);
    }

    private @Nullable Refused takeOne(Send send, TopicState topic, int queue, Intake into, AppendBatch batch) {
        return addRecord(send, topic, queue, send.flag, send.body, into, batch);
    }

    /** Adds one record for the body, with the properties that stand in the send's scratch array. */
    private @Nullable Refused addRecord(
            Send send, TopicState topic, int asked, int flag, ByteBuffer body, Intake into, AppendBatch batch) {
        if (send.propertiesBytes + storedProperties.growthMax() > into.properties.length) {
            return illegal("message properties are longer than " + MessageRecord.PROPERTIES_BYTES_MAX + " bytes");
        }
        System.arraycopy(send.properties, 0, into.properties, 0, send.propertiesBytes);
        int propertiesBytes = storedProperties.complete(
                into.properties, into.propertiesSegment, send.propertiesBytes, send.isDeadLetter, into.scan);
        if (into.scan.hasLightNames && lightMarks.areFor(topic)) {
            Refused refused = lightMarks.check(send, into);
            if (refused != null) {
                return refused;
            }
            propertiesBytes = lightMarks.put(into, propertiesBytes);
        }
        if (propertiesBytes > MessageRecord.PROPERTIES_BYTES_MAX) {
            return illegal("message properties are longer than " + MessageRecord.PROPERTIES_BYTES_MAX + " bytes");
        }
        int queue = into.scan.hasPriority ? queueOfPriority(asked, topic.config(), into) : asked;
        if (TransactionRules.isHalf(send, into.scan)) {
            return addHalf(send, topic, queue, body, into, batch, propertiesBytes);
        }
        Refused odd = TransactionRules.refusalOfOther(send, into.scan);
        if (odd != null) {
            return odd;
        }
        long due = 0;
        if (into.scan.isDelayed() || into.scan.hasExtras) {
            Refused refused = readDelivery(send, topic, into);
            if (refused != null) {
                return refused;
            }
            due = into.delivery.due;
        }
        if (due != 0) {
            if (propertiesBytes + DelayMarks.bytesMax(topic.nameBytes()) > MessageRecord.PROPERTIES_BYTES_MAX) {
                return illegal("message properties are longer than " + MessageRecord.PROPERTIES_BYTES_MAX + " bytes");
            }
            propertiesBytes =
                    DelayMarks.put(into.properties, propertiesBytes, topic.nameBytes(), queue, DueTime.ms(due));
        }
        into.head.preparedTransactionOffset = due;
        // What is due later cannot be of a transaction as well: its due time stands where that names its first half.
        // And what is sent back may once have been a half.
        boolean isOfTransaction = due == 0 && !into.scan.isTransactional;
        fillHead(into, send, topic, queue, flag, isOfTransaction ? send.sysFlag & SysFlag.TRANSACTION_MASK : 0);
        into.encode(batch, topic, queue, body, propertiesBytes, due == 0 ? null : delays.queueFor(due));
        messages.increment();
        return null;
    }

    private void fillHead(Intake into, Send send, TopicState topic, int queue, int flag, int transactionBits) {
        into.head.queueId = queue;
        into.head.flag = flag;
        into.head.sysFlag = (send.sysFlag & ~SysFlag.TRANSACTION_MASK)
                | transactionBits
                | (topic.config().isMultiTag() ? SysFlag.MULTI_TAGS : 0);
        into.head.bornTimestampMs = send.bornTimestampMs;
        into.head.reconsumeTimes = send.reconsumeTimes;
        into.head.bornHost = send.bornHost;
        into.head.storeHost = storeHost;
    }

    /** The half of a transaction waits in a queue that no consumer may read, and knows where it goes. */
    private @Nullable Refused addHalf(
            Send send,
            TopicState topic,
            int queue,
            ByteBuffer body,
            Intake into,
            AppendBatch batch,
            int propertiesBytes) {
        TopicState halves = Objects.requireNonNull(topics.find(TopicName.HALF), TopicName.HALF);
        int growth = DelayMarks.bytesMax(topic.nameBytes());
        Refused refused = transactions.read(send, into, propertiesBytes + growth);
        if (refused == null && into.scan.hasExtras) {
            refused = refusalOfExtras(send, topic, into);
        }
        if (refused != null) {
            return refused;
        }
        int allBytes = DelayMarks.putPlace(into.properties, propertiesBytes, topic.nameBytes(), queue);
        fillHead(into, send, topic, 0, send.flag, SysFlag.TRANSACTION_PREPARED);
        into.encode(batch, halves, 0, body, allBytes, null);
        messages.increment();
        return null;
    }

    /** Each priority has a queue of its own, and what is above the last one goes there too. */
    private static int queueOfPriority(int asked, Topic topic, Intake into) {
        RecordScan scan = into.scan;
        boolean isOther = scan.isDelayed() || scan.isTransactional || scan.hasShardingKey;
        int priority = isOther ? -1 : into.priority();
        return priority < 0 ? asked : Math.max(0, Math.min(priority, topic.writeQueues() - 1));
    }

    private @Nullable Refused refusalOfExtras(Send send, TopicState topic, Intake into) {
        Refused refused = readDelivery(send, topic, into);
        boolean isLater = into.delivery.due != 0 || into.delivery.key != null;
        return isLater
                ? illegal("a message of a transaction can neither be delayed nor have a " + Extras.KEY)
                : refused;
    }

    private @Nullable Refused readDelivery(Send send, TopicState topic, Intake into) {
        try {
            delays.read(into.scan, TopicName.isRetry(topic.config().name()) || send.isDeadLetter, into.delivery);
        } catch (IllegalArgumentException e) {
            return illegal(String.valueOf(e.getMessage()));
        }
        if (send.isBatch && (into.delivery.due != 0 || into.delivery.key != null)) {
            return illegal(
                    "messages of a batch can neither be delayed nor have a " + Extras.KEY + ": send them one by one");
        }
        return into.delivery.key != null && !send.isKeyed
                ? new Refused(Refused.Reason.KEYED, "a message with a key is sent alone")
                : null;
    }

    private @Nullable Refused takeMany(Send send, TopicState topic, int queue, Intake into, AppendBatch batch) {
        if (TopicName.isRetry(topic.config().name())) {
            return illegal("batch request does not support retry group "
                    + topic.config().name());
        }
        Refused malformed = BatchBody.faultOf(send.body);
        if (malformed != null) {
            return malformed;
        }
        into.readBatchId(topic.config(), send);
        int mark = batch.count();
        byte[] outer = send.properties;
        BatchBody messagesOf = new BatchBody(send.body);
        send.properties = into.inner;
        boolean areAllTaken = false;
        try {
            Refused refused = null;
            while (refused == null && messagesOf.next(into.inner)) {
                send.propertiesBytes = messagesOf.propertiesBytes();
                refused = addRecord(send, topic, queue, messagesOf.flag(), messagesOf.body(), into, batch);
            }
            areAllTaken = refused == null;
            return refused;
        } finally {
            send.properties = outer;
            if (!areAllTaken) { // also when something was thrown: a part of a batch must never be stored
                batch.truncate(mark);
            }
        }
    }

    private static Refused refusalOfMissing(Send send) {
        String name = send.topicName();
        String fault = TopicName.faultOf(name);
        if (!fault.isEmpty()) {
            return new Refused(Refused.Reason.INVALID, fault);
        }
        return TopicName.isForbiddenToClients(name)
                ? forbidden("Sending message to topic[" + name + "] is forbidden.")
                : new Refused(Refused.Reason.TO_MAKE, name);
    }

    /** The topic that this send makes, or null when it may not: like its template, or else a retry topic of one queue. */
    private @Nullable Topic wanted(Send send) {
        String name = send.topicName();
        TopicState template = topics.find(send.template);
        boolean isAllowed = config.get().autoCreateTopics() || !send.template.equals(TopicName.AUTO_CREATE);
        if (!isAllowed || template == null || !template.config().isTemplate()) {
            return TopicName.isRetry(name) ? Topic.of(name, 1).withSystemFlag(systemFlag(send)) : null;
        }
        int queues =
                Math.min(Math.max(1, send.templateQueues), template.config().writeQueues());
        int permissions = template.config().permissions() & ~Topic.Permission.INHERIT;
        return Topic.of(name, Math.max(1, queues), permissions).withSystemFlag(systemFlag(send));
    }

    private static int systemFlag(Send send) {
        if (!send.isOfUnit) {
            return 0;
        }
        return TopicName.isRetry(send.topicName()) ? Topic.SystemFlag.UNIT_SUBSCRIBED : Topic.SystemFlag.UNIT;
    }

    /**
     * Makes the first thing that a send lacks: its topic, its light queues, its retry topic's group, or that group's dead-letter topic.
     * Then {@link #take} it again, which may find the next one missing.
     *
     * @return null when the change was begun and will be told; else why the topic may not be made
     */
    public @Nullable Refused createFor(Send send, Change change) {
        if (send.lacksLightQueues()) {
            return lightMarks.make(send, change);
        }
        TopicState present = topics.find(send.topic, send.topicBytes);
        if (present != null && TopicName.isRetry(present.config().name())) {
            createForRetry(TopicName.groupOfRetry(present.config().name()), change);
            return null;
        }
        Topic topic = wanted(send);
        if (topic == null) {
            return noSuchTopic(send);
        }
        topics.createIfAbsent(topic, change);
        return null;
    }

    private static Refused noSuchTopic(Send send) {
        return new Refused(
                Refused.Reason.NO_SUCH_TOPIC,
                "topic[" + send.topicName() + "] not exist, apply first please! create it by mqadmin updateTopic,"
                        + " or switch broker.auto-create-topics on");
    }

    private void createForRetry(String group, Change change) {
        if (groups.find(group) == null) {
            groups.createIfAbsent(group, change);
        } else {
            topics.createIfAbsent(Topic.of(TopicName.deadLetterOf(group), 1), change);
        }
    }
}
