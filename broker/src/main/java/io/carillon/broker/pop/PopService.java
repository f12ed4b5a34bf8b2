package io.carillon.broker.pop;

import io.carillon.base.Agent;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Depth;
import io.carillon.broker.BrokerConfig;
import io.carillon.broker.consume.PopPoll;
import io.carillon.broker.consume.PopPolls;
import io.carillon.broker.consume.ReadCounts;
import io.carillon.broker.filter.Filters;
import io.carillon.broker.metadata.Change;
import io.carillon.broker.metadata.PopQueue;
import io.carillon.broker.metadata.ReplicatedState;
import io.carillon.broker.metadata.TopicState;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * FACE: hands messages out to whoever asks, each to one consumer at a time, and takes it back when it was settled or
 * its time is over. Any thread may call.
 *
 * <p>Who has a message is durable before its consumer hears of it; so is a later time at which it becomes visible. That
 * it was acknowledged is durable some ms after the consumer heard of it: a crash in between hands it out once more.
 */
public final class PopService {
    static final long INVISIBLE_MAX_MS = 365L * 86_400_000;

    private final MessageLog log;
    private final ReplicatedState state;
    private final PopPolls polls;
    private final PopChecks checks;
    private final Journal journal;
    private final Deadlines deadlines = new Deadlines();
    private final LivePops queues = new LivePops(this::onReset);
    private final Expiry expiry;
    private final GroupQueues groupQueues;
    private final Settling settling;
    private final Handout handout;

    /**
     * @param storeHost address and port that go into records, as they are stored
     * @param blocking runs what waits for the disk; must take every task
     */
    public PopService(
            Supplier<BrokerConfig> config,
            MessageLog log,
            ReplicatedState state,
            Filters filters,
            PopPolls polls,
            ReadCounts reads,
            Supplier<byte[]> storeHost,
            Ticker ticker,
            RandomGenerator random,
            Executor blocking,
            Counters counters) {
        this.log = log;
        this.state = state;
        this.polls = polls;
        checks = new PopChecks(
                state.topics(),
                state.groups(),
                state.forbidden()::contains,
                filters,
                () -> config.get().autoCreateGroups());
        journal = new Journal(log, state.pops(), ticker);
        Returning returning = new Returning(
                log, state.topics(), state.groups(), journal, storeHost, ticker, blocking, this::visibleAt, counters);
        expiry = new Expiry(deadlines, returning, polls, ticker);
        groupQueues = new GroupQueues(log, state, queues, journal, ticker);
        settling = new Settling(
                state.topics(),
                queues,
                journal,
                returning,
                polls,
                this::visibleAt,
                ticker,
                counters.counter("messages_acknowledged"));
        handout = new Handout(config, log, state, queues, groupQueues, journal, reads, this::visibleAt, ticker, random);
        counters.gauge("messages_in_flight", () -> queues.total().get());
        log.betweenEntries(() -> {
            queues.load(state.pops(), this::stored);
            state.pops().onChange(queues);
        });
        queues.all().forEach(queue -> visibleAt(queue, queue.firstDueMs()));
    }

    private @Nullable ConsumeQueue stored(PopQueue.Key key) {
        TopicState topic = state.topics().find(key.topic());
        return topic == null || key.queue() >= topic.config().queues() ? null : topic.queue(key.queue());
    }

    /** What must run while the broker serves. */
    public List<Agent> agents() {
        return List.of(journal, expiry);
    }

    /** Writes what waits to be written; the agents have stopped. */
    public void close() {
        journal.writeAll();
    }

    /** Up to where a group was handed the messages of a queue; -1 when it does not pop from it. */
    public long handedOut(String group, String topic, int queue) {
        LiveQueue live = queues.find(new PopQueue.Key(group, topic, queue));
        return live == null ? -1 : live.next();
    }

    /** When a message was handed out that a group has in flight; -1 when it has not. */
    public long heldSinceMs(String group, String topic, int queue, long offset) {
        LiveQueue live = queues.find(new PopQueue.Key(group, topic, queue));
        return live == null ? -1 : live.poppedMs(offset);
    }

    /** The offsets of a queue that a group has in flight, from this one on, the lowest first; not more than so many. */
    public long[] inFlight(String group, String topic, int queue, long from, int max) {
        LiveQueue live = queues.find(new PopQueue.Key(group, topic, queue));
        return live == null ? new long[0] : live.inFlight(from, max);
    }

    /** How many messages are in flight in the whole broker. */
    public int inFlight() {
        return queues.total().get();
    }

    /** How many messages of a topic, those of its retries included, a group has in flight. */
    public int inFlight(String group, String topic) {
        return queues.inFlight(group, topic);
    }

    /** How much the groups that have popped have, retries included; looks once at each queue that they popped from. */
    public Collection<Depth> depths() {
        return queues.depths();
    }

    /** The groups that have popped from a topic. */
    public Set<String> groupsOf(String topic) {
        return queues.groupsOf(topic);
    }

    /** The topics from which a group has popped. */
    public Set<String> topicsOf(String group) {
        return queues.topicsOf(group);
    }

    private void onReset(LiveQueue queue) {
        polls.wake(queue.topic(), queue.key().group(), -1);
    }

    private void visibleAt(LiveQueue queue, long visibleMs) {
        if (visibleMs != LiveQueue.NEVER && deadlines.add(visibleMs, queue)) {
            expiry.wake();
        }
    }

    // ---- pop

    /** Whether this pop looks at messages to decide: then it may wait for the disk. */
    public boolean readsMessages(Pop pop) {
        return checks.filter(pop).needsRecord();
    }

    /**
     * Hands out what there is.
     *
     * @param told once: at once by this thread, or, when there are messages, by any thread when it is durable whose they
     *     are
     */
    public void pop(Pop pop, Consumer<PopResult> told) {
        PopResult refusal = checks.check(pop);
        if (refusal != null) {
            told.accept(refusal);
            return;
        }
        handout.pop(pop, checks.filter(pop), told);
    }

    /** Makes the group of a {@link PopResult.GroupMissing}; pop again when it is told. */
    public void createGroup(String group, Change change) {
        state.groups().createIfAbsent(group, change);
    }

    /** What to answer when {@link #createGroup} did not help. */
    public PopResult noGroup(String group) {
        return PopChecks.noGroup(group);
    }

    /** What there would be for a consumer, without handing it out. */
    public PopResult peek(Pop pop) {
        PopResult refusal = checks.check(pop);
        return refusal == null ? handout.peek(pop) : refusal;
    }

    // ---- waiting

    /** What became of a consumer that wanted to wait. */
    public enum Parking {
        PARKED,
        /** There is something now: it does not wait. */
        LOOK_AGAIN,
        /** Too many wait, or nobody may any more: it does not. */
        FULL
    }

    /** Lets a consumer wait that got nothing. */
    public Parking park(Pop pop, PopPoll poll, long waitMs) {
        if (!polls.park(poll, waitMs)) {
            return Parking.FULL;
        }
        return hasAny(pop) && polls.drop(poll) ? Parking.LOOK_AGAIN : Parking.PARKED;
    }

    /** A consumer that waits does so no more, and gets nothing: it is gone. */
    public void leave(PopPoll poll) {
        polls.drop(poll);
    }

    /** How many consumers of a group wait for a topic. */
    public int waiting(String topic, String group) {
        return polls.count(topic, group);
    }

    /** Whether a pop may be refused, as {@link #pop} would refuse it; null when not. */
    public @Nullable PopResult check(Pop pop) {
        return checks.check(pop);
    }

    /** Whether there is something to pop, as far as can be told without looking at the messages. */
    public boolean hasAny(Pop pop) {
        return groupQueues.hasAny(pop);
    }

    /** More is left for the group: the next one that waits may have it. */
    public void wakeNext(Pop pop) {
        polls.wake(pop.topic(), pop.group(), pop.queue());
    }

    // ---- messages

    /** Whether the messages must be read where waiting for the disk does no harm. */
    public boolean isCold(Popped popped) {
        for (PoppedPart part : popped.parts()) {
            if (part.count() > 0 && log.isCold(part.logOffset(0))) {
                return true;
            }
        }
        return false;
    }

    /** Copies a message; false when retention has removed it. */
    public boolean copy(PoppedPart part, int i, ByteBuffer into) {
        return log.copy(part.logOffset(i), part.size(i), into);
    }

    /** A copy of a message, or null when retention has removed it. */
    public @Nullable MemorySegment record(PoppedPart part, int i) {
        return log.record(part.logOffset(i));
    }

    /** Takes a message out of the answer that retention has removed: nobody will get it. */
    public void lost(PoppedPart part, int i) {
        part.live().lost(part.offset(i));
        journal.changed(part.live());
        part.removeAt(i);
    }

    // ---- settling

    /** Told by any thread when all is durable that was settled before; or why it is not. */
    public void whenDurable(Change told) {
        journal.write(List.of(), told);
    }

    /** What became of an acknowledgement or a change. */
    public enum Outcome {
        DONE,
        NO_TOPIC,
        BAD_QUEUE,
        /** There is no such message; or, for a change, it is not in flight by this receipt. */
        NO_MESSAGE,
        NOT_STORED
    }

    /**
     * Settles a message. One that is not in flight by this receipt any more was settled or handed out to another: then
     * nothing happens, and it counts as done.
     *
     * @param topic the one whose queue it is in, which may be one of retries
     */
    public Outcome ack(String group, String topic, int queue, long offset, long poppedMs) {
        return settling.ack(group, topic, queue, offset, poppedMs);
    }

    /** Told once what became of a change, by any thread. */
    @FunctionalInterface
    public interface ChangeAnswer {
        /** @param poppedMs when done: since when the message counts as handed out, which belongs to its new receipt */
        void done(Outcome outcome, long poppedMs, long visibleMs);
    }

    /**
     * Lets a message become visible so long from now on, instead of when it would. Told when that is durable.
     *
     * @param topic the one whose queue it is in, which may be one of retries
     */
    public void changeInvisible(
            String group, String topic, int number, long offset, long poppedMs, long invisibleMs, ChangeAnswer told) {
        settling.changeInvisible(group, topic, number, offset, poppedMs, invisibleMs, told);
    }

    /**
     * Gives back what never reached its consumer: the next one may have it at once, and that it was handed out does not count
     * as a try. What is not in flight by this receipt stays as it is. A crash before the copies are in the log leaves them in
     * flight until their time is over.
     *
     * @param topic the one whose queue they are in, which may be one of retries
     */
    public void giveBack(String group, String topic, int number, long poppedMs, long[] offsets) {
        settling.giveBack(group, topic, number, poppedMs, offsets);
    }
}
