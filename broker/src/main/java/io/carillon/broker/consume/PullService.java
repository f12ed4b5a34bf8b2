package io.carillon.broker.consume;

import io.carillon.broker.BrokerConfig;
import io.carillon.broker.client.Clients;
import io.carillon.broker.consume.PullResult.Cold;
import io.carillon.broker.consume.PullResult.LightMissing;
import io.carillon.broker.consume.PullResult.Looked;
import io.carillon.broker.consume.PullResult.Refused;
import io.carillon.broker.consume.PullResult.Status;
import io.carillon.broker.filter.MessageFilter;
import io.carillon.broker.metadata.Change;
import io.carillon.broker.metadata.ForbiddenTopics;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.LightTopics;
import io.carillon.broker.metadata.Offsets;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.log.QueueEntry;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * FACE: reads messages of a queue from an offset on. Any thread may call, each with a plan of its own.
 *
 * <p>A pull is read in two steps, so that the answer's header, which must hold the next offset, can be written before
 * the messages, and the messages go straight into the connection's buffer:
 *
 * <pre>
 * look -> Looked(FOUND) -> isCold -- no  -> copy -> the same, or less when retention came between: then write again
 *     |                |- yes -> copyCold, which does both on the cold reads' threads
 *     |- Cold -> lookCold, which does all of it there: the filter must see what has to come from the disk
 * </pre>
 */
public final class PullService {
    /** Said beside a fault, where nobody reads it. */
    private static final Looked NOTHING = new Looked(Status.HOLE, 0, 0, 0);

    private final PullChecks checks;
    private final QueueReader reader;
    private final MessageLog log;
    private final Topics topics;
    private final Groups groups;
    private final LightTopics lightTopics;
    private final Offsets offsets;
    private final Executor coldReads;
    private final ReadCounts counts;
    private final Supplier<BrokerConfig> config;

    /** Told once, on a thread of the cold reads, what there was and the bytes of it, ready to be read. */
    @FunctionalInterface
    public interface ColdAnswer {
        /** @param fault what kept the messages from being read, or null; then the other two are to be ignored */
        void done(Looked looked, ByteBuffer messages, @Nullable RuntimeException fault);
    }

    /** @param coldReads runs reads that wait for the disk; must take every task */
    public PullService(
            Supplier<BrokerConfig> config,
            MessageLog log,
            Topics topics,
            Groups groups,
            Offsets offsets,
            ForbiddenTopics forbidden,
            LightTopics lightTopics,
            Clients clients,
            Executor coldReads,
            ReadCounts counts) {
        this.checks = new PullChecks(config, groups::find, forbidden::contains, clients);
        this.reader = new QueueReader(QueueReader.Records.of(log));
        this.log = log;
        this.topics = topics;
        this.groups = groups;
        this.lightTopics = lightTopics;
        this.offsets = offsets;
        this.coldReads = coldReads;
        this.counts = counts;
        this.config = config;
    }

    /**
     * Checks whether the consumer may read, notes what it commits, and looks what there is for it.
     *
     * @param asker the consumer's connection, by identity: each is told once of a reset
     */
    public PullResult look(Pull pull, Object asker, PullPlan plan) {
        return look(pull, asker, null, plan);
    }

    /**
     * Looks again after a wait; what the pull commits was noted before.
     *
     * @param waited the poll as which the pull waited: what passed it meanwhile is looked at again only when the group
     *     wants something else by now
     */
    public PullResult lookAgain(Pull pull, Object asker, Poll waited, PullPlan plan) {
        return look(pull, asker, waited, plan);
    }

    private PullResult look(Pull pull, Object asker, @Nullable Poll waited, PullPlan plan) {
        TopicState topic = topics.find(pull.topic());
        PullResult refusal = checks.check(pull, topic == null ? null : topic.config());
        if (refusal != null) {
            boolean isLight = refusal instanceof Refused refused
                    && refused.reason() == PullResult.Reason.NO_TOPIC
                    && lightTopics.isOn()
                    && LightTopics.isName(pull.topic());
            return isLight ? new LightMissing(pull.topic()) : refusal;
        }
        MessageFilter filter = checks.filter(pull);
        if (filter == null) {
            return PullChecks.noSubscription();
        }
        if (waited == null && pull.commitOffset() >= 0) {
            offsets.commit(pull.group(), pull.topic(), pull.queue(), pull.commitOffset());
        }
        plan.at(Objects.requireNonNull(topic).queue(pull.queue()), filter);
        long reset = offsets.resetFor(pull.group(), pull.topic(), pull.queue(), pull.offset(), asker);
        if (reset >= 0) {
            return new Looked(
                    Status.RESET, reset, plan.queue().offsetMin(), plan.queue().offsetMax());
        }
        long from = waited != null && waited.filter.equals(filter) ? waited.offset() : pull.offset();
        if (filter.needsRecord() && isCold(plan.queue(), from)) {
            return new Cold(from);
        }
        return noted(pull, reader.look(plan.queue(), filter, from, limits(pull), plan), plan);
    }

    private Looked noted(Pull pull, Looked looked, PullPlan plan) {
        count(pull, looked, plan);
        offsets.handedOut(pull.group(), pull.topic(), pull.queue(), looked.next());
        return looked;
    }

    private void count(Pull pull, Looked looked, PullPlan plan) {
        if (looked.status() == Status.FOUND) {
            counts.found();
            counts.found(pull.topic(), pull.group(), plan.messages(), plan.bytes());
        } else {
            counts.missed();
        }
    }

    private boolean isCold(ConsumeQueue queue, long offset) {
        QueueEntry entry = new QueueEntry();
        return queue.read(offset, entry) && log.isCold(entry.logOffset);
    }

    /**
     * Whether a reset of the group's offsets came that this pull has not heard of: look again. For one that began to wait
     * after it had looked, and of which the reset could not know.
     */
    public boolean isReset(Pull pull) {
        return offsets.ignores(pull.group(), pull.topic(), pull.queue(), pull.offset());
    }

    private QueueReader.Limits limits(Pull pull) {
        BrokerConfig now = config.get();
        int bytesMax = now.pullBytesMax().intBytes();
        int bytes = pull.bytesMax() > 0 ? Math.min(pull.bytesMax(), bytesMax) : bytesMax;
        return new QueueReader.Limits(Math.min(pull.messagesMax(), now.pullMessagesMax()), bytes);
    }

    /** Makes the group of a {@link PullResult.GroupMissing}; look again when it is told. */
    public void createGroup(String group, Change change) {
        groups.createIfAbsent(group, change);
    }

    /**
     * Makes the topic of a {@link PullResult.LightMissing}; look again when it is told.
     *
     * @return null when the change was begun and will be told; else why it may not be made
     */
    public @Nullable Refused createLight(String topic, Change change) {
        return lightTopics.make(List.of(topic), change)
                ? null
                : new Refused(PullResult.Reason.NO_TOPIC, lightTopics.fullText());
    }

    /** What to answer when {@link #createGroup} did not help. */
    public Refused noGroup(String group) {
        return ReadRefusals.noGroup(group);
    }

    /** Whether the messages of the plan must be read by {@link #copyCold}. */
    public boolean isCold(PullPlan plan) {
        return plan.ranges() > 0 && log.isCold(plan.logOffset(0));
    }

    /**
     * Copies the messages of the plan.
     *
     * @param into has room for {@link PullPlan#bytes}
     * @return what equals {@code looked} when they were all there; else what to answer instead, with what is then in the
     *     plan: nothing of {@code into} may be used
     */
    public Looked copy(Looked looked, PullPlan plan, ByteBuffer into) {
        int lost = reader.copy(plan, into);
        return lost == QueueReader.NOTHING_LOST ? looked : QueueReader.afterLoss(looked, plan.queue(), plan, lost);
    }

    /** Copies the messages of the plan on another thread; the plan may be used again at once. */
    public void copyCold(Looked looked, PullPlan plan, ColdAnswer answer) {
        PullPlan own = plan.copy();
        coldReads.execute(() -> answerCold(() -> looked, own, answer));
    }

    /** Looks what there is, and copies it, on another thread; the plan of the {@link Cold} may be used again at once. */
    public void lookCold(Pull pull, Cold cold, PullPlan plan, ColdAnswer answer) {
        PullPlan own = new PullPlan();
        own.at(plan.queue(), plan.filter());
        coldReads.execute(() -> answerCold(
                () -> {
                    QueueReader.Limits limits = limits(pull).cold();
                    return noted(pull, reader.look(own.queue(), own.filter(), cold.offset(), limits, own), own);
                },
                own,
                answer));
    }

    private void answerCold(Supplier<Looked> look, PullPlan own, ColdAnswer answer) {
        Looked result = NOTHING;
        ByteBuffer messages = ByteBuffer.allocate(0);
        try {
            Looked looked = look.get();
            messages = ByteBuffer.allocate(own.bytes());
            result = copyAll(looked, own, messages);
        } catch (RuntimeException e) {
            answer.done(result, messages, e);
            return;
        }
        answer.done(result, messages.flip(), null);
    }

    private Looked copyAll(Looked looked, PullPlan plan, ByteBuffer into) {
        Looked before = looked;
        Looked after = copy(before, plan, into);
        while (!after.equals(before)) {
            into.clear();
            before = after;
            after = copy(before, plan, into);
        }
        return after;
    }
}
