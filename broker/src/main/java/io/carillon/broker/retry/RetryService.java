package io.carillon.broker.retry;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.broker.retry.SentBack.Reason;
import io.carillon.broker.tally.Tallies;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntry;
import io.carillon.log.Refusal;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import io.carillon.schedule.Scheduler;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * FACE: takes back what a consumer could not consume. A copy of the message goes to its group's retry topic, due after a
 * pause that grows with every try, or to the group's dead letters when it was tried too often. The message itself stays
 * where it is; the consumer takes it as consumed when it hears that the copy is stored.
 */
public final class RetryService {
    private static final Logger LOG = System.getLogger(RetryService.class.getName());
    /** So many copies may be under way without memory being made anew for each. */
    private static final int IDLE_MAX = 16;

    private final MessageLog log;
    private final Topics topics;
    private final Groups groups;
    private final Scheduler scheduler;
    private final Supplier<byte[]> storeHost;
    private final Ticker ticker;
    private final RandomGenerator random;
    private final Executor blocking;
    private final Tallies sentBack;
    private final LongAdder retries;
    private final LongAdder deadLetters;
    private final ArrayBlockingQueue<Carrier> idle = new ArrayBlockingQueue<>(IDLE_MAX);

    /**
     * @param storeHost address and port that go into records, as they are stored
     * @param blocking goes on with what had to wait for a topic to be made; must take every task
     * @param sentBack counts what was taken back, by the topic that it was first sent to
     */
    public RetryService(
            MessageLog log,
            Topics topics,
            Groups groups,
            Scheduler scheduler,
            Supplier<byte[]> storeHost,
            Ticker ticker,
            RandomGenerator random,
            Executor blocking,
            Tallies sentBack,
            Counters counters) {
        this.log = log;
        this.topics = topics;
        this.groups = groups;
        this.scheduler = scheduler;
        this.storeHost = storeHost;
        this.ticker = ticker;
        this.random = random;
        this.blocking = blocking;
        this.sentBack = sentBack;
        retries = counters.counter("messages_retried");
        deadLetters = counters.counter("messages_dead");
    }

    /**
     * Takes a message back. May wait for the disk, but neither for a force nor for a topic that has to be made first.
     *
     * @param told what came of it, once, by any thread: it must only hand over
     * @throws io.carillon.base.CarillonException.Corrupt when what is stored does not read back
     */
    public void sendBack(SendBack back, RetryPolicies policies, Consumer<SentBack> told) {
        ConsumerGroup group = groups.find(back.group());
        if (group == null) {
            told.accept(refused(Reason.NO_GROUP, "subscription group not exist, " + back.group()));
            return;
        }
        if (group.retryQueues() <= 0) {
            told.accept(new SentBack.Dropped());
            return;
        }
        MemorySegment record = delivered(back.logOffset());
        if (record == null) {
            told.accept(refused(
                    Reason.NO_MESSAGE,
                    "no message that was delivered starts at log offset " + back.logOffset()
                            + ", or it is gone: it cannot be sent back"));
            return;
        }
        Return taken = decide(back, group, record, policies, told);
        if (topics.find(taken.to().name()) != null) {
            store(taken);
        } else {
            topics.createIfAbsent(taken.to(), refusal -> blocking.execute(() -> goOn(taken, refusal)));
        }
    }

    /**
     * The record that starts at this log offset, if it is one that a consumer can have got; else null. Bytes that look
     * like a record, within a body or left from before, are not the ones that the index of their queue knows. Nor is a
     * message that is not due yet, or the half of a transaction.
     */
    private @Nullable MemorySegment delivered(long logOffset) {
        MemorySegment record = log.record(logOffset);
        if (record == null || MessageRecord.isHidden(record, 0)) {
            return null;
        }
        ConsumeQueue queue = log.existingQueue(MessageRecord.topic(record, 0), MessageRecord.queueId(record, 0));
        QueueEntry entry = new QueueEntry();
        boolean isKnown = queue != null
                && queue.read(MessageRecord.queueOffset(record, 0), entry)
                && entry.logOffset == logOffset;
        return isKnown ? record : null;
    }

    /**
     * A message that is on its way.
     *
     * @param to the topic of its copy, as it is made when it is not there
     * @param pause how long it waits there; null for a dead letter
     */
    private record Return(
            MemorySegment record,
            long logOffset,
            ConsumerGroup group,
            Topic to,
            @Nullable Pause pause,
            Consumer<SentBack> told) {}

    private static Return decide(
            SendBack back, ConsumerGroup group, MemorySegment record, RetryPolicies policies, Consumer<SentBack> told) {
        int tries = MessageRecord.reconsumeTimes(record, 0);
        int triesMax = back.triesMax() < 0 ? group.retryMax() : back.triesMax();
        if (tries >= triesMax || back.delayLevel() < 0) {
            Topic dead = Topic.of(TopicName.deadLetterOf(group.name()), 1);
            return new Return(record, back.logOffset(), group, dead, null, told);
        }
        Topic retry = Topic.of(TopicName.retryOf(group.name()), group.retryQueues())
                .withSystemFlag(back.isOfUnit() ? Topic.SystemFlag.UNIT_SUBSCRIBED : 0);
        Pause pause = Pause.of(policies.of(group), back.delayLevel(), tries);
        return new Return(record, back.logOffset(), group, retry, pause, told);
    }

    /** Nobody is left to catch what is thrown here, and the consumer waits for an answer. */
    private void goOn(Return taken, @Nullable Refusal refusal) {
        try {
            if (refusal == null) {
                store(taken);
            } else {
                taken.told().accept(new SentBack.NotStored(refusal));
            }
        } catch (RuntimeException e) {
            LOG.log(
                    Level.ERROR,
                    "a message was not sent back, group=" + taken.group().name(),
                    e);
            taken.told().accept(refused(Reason.FAILED, "internal error: " + e));
        }
    }

    private void store(Return taken) {
        String name = taken.to().name();
        TopicState topic = topics.find(name);
        if (topic == null || topic.config().queues() == 0) {
            taken.told().accept(refused(Reason.NO_TOPIC, "topic[" + name + "] not exist"));
            return;
        }
        if (!topic.config().isWritable()) {
            taken.told().accept(refused(Reason.FORBIDDEN, "the topic[" + name + "] sending message is forbidden"));
            return;
        }
        Carrier idleOne = idle.poll();
        Carrier carrier = idleOne == null ? new Carrier() : idleOne;
        try {
            carrier.load(taken, topic);
        } catch (IllegalArgumentException e) {
            carrier.free();
            taken.told().accept(refused(Reason.ILLEGAL_MESSAGE, String.valueOf(e.getMessage())));
            return;
        }
        log.append(carrier.copy.batch());
    }

    private static SentBack refused(Reason reason, String detail) {
        return new SentBack.Refused(reason, detail);
    }

    /** Brings one copy into the log and tells what came of it; then it is free for the next. */
    private final class Carrier {
        private final RetryCopy copy = new RetryCopy(_ -> arrived());
        private boolean isDeadLetter;
        private String from = "";
        private String group = "";
        private Consumer<SentBack> told = _ -> {};

        void load(Return taken, TopicState topic) {
            told = taken.told();
            from = firstTopic(taken.record());
            group = taken.group().name();
            Pause pause = taken.pause();
            isDeadLetter = pause == null;
            copy.read(taken.record(), taken.logOffset(), storeHost.get());
            if (pause == null) {
                copy.add(topic, 0);
                return;
            }
            // Those of the topic, which may be older than the group's settings: in others no consumer would look.
            int queues = Math.max(
                    1, Math.min(taken.group().retryQueues(), topic.config().writeQueues()));
            int queue = random.nextInt(queues);
            if (pause.ms() == 0) {
                copy.add(topic, queue);
            } else {
                long dueMs = ticker.nowMs() + Math.min(pause.ms(), scheduler.delayMaxMs());
                copy.addDue(topic, queue, pause.level(), dueMs, scheduler.queueFor(dueMs));
            }
        }

        private static String firstTopic(MemorySegment record) {
            String before = MessageProperties.of(record, 0, MessageProperties.RETRY_TOPIC);
            return before == null ? MessageRecord.topic(record, 0) : before;
        }

        private void arrived() {
            Refusal refusal = copy.batch().refusal();
            Consumer<SentBack> waiting = told;
            boolean isDead = isDeadLetter;
            String sentTo = from;
            String by = group;
            free();
            if (refusal == null) {
                (isDead ? deadLetters : retries).increment();
                sentBack.add(sentTo, by, 1, 0);
            }
            waiting.accept(refusal == null ? new SentBack.Stored(isDead) : new SentBack.NotStored(refusal));
        }

        void free() {
            told = _ -> {};
            copy.clear();
            idle.offer(this);
        }
    }
}
