package io.carillon.schedule;

import io.carillon.base.Agent;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.DueQueues;
import io.carillon.log.MessageLog;
import io.carillon.message.DueTime;
import io.carillon.message.Extras;
import io.carillon.message.MessageRecord;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * FACE: messages that are due later. What is in an hour stands in the log's {@link DueQueues}, what has left it in the
 * {@link ScheduleState}; both are functions of the log alone. The due loop is the trigger: it only appends, and may be
 * asleep wherever another replica leads. Any thread may call; what says that it reads from the disk, not the I/O threads.
 */
public final class Scheduler {
    private final MessageLog log;
    private final ScheduleState state;
    private volatile ScheduleConfig config;
    private final UnaryOperator<byte[]> asEntry;
    private final Ticker ticker;
    private final WaitingRecords records;
    private final Survey survey;
    private final Figures figures;
    private final DueLoop loop;

    /**
     * @param waiting opened on this log
     * @param asEntry makes an entry of the log out of a change to {@code state}: the owner of the log knows its form
     */
    public Scheduler(
            MessageLog log,
            WaitingMessages waiting,
            ScheduleConfig config,
            Targets targets,
            UnaryOperator<byte[]> asEntry,
            Ticker ticker,
            Counters counters) {
        this.log = log;
        this.state = waiting.state();
        this.config = config;
        this.asEntry = asEntry;
        this.ticker = ticker;
        records = waiting.records();
        survey = new Survey(records, state);
        figures = new Figures(counters);
        loop = new DueLoop(log, state, config, records, targets, asEntry, ticker, figures);
        counters.gauge("schedule_pending_messages", this::pendingCount);
        counters.gauge("schedule_hours", () -> records.hours().length);
        counters.gauge("schedule_forgotten_hours", state::forgottenCount);
        counters.gauge("schedule_kept_bytes", waiting::keptBytes);
    }

    public Agent agent() {
        return loop;
    }

    /** Treats what comes, and what is loaded, from now on otherwise. Any thread. */
    public void reconfigure(ScheduleConfig newConfig) {
        config = newConfig;
        loop.reconfigure(newConfig);
    }

    /** Messages came to an hour's queue; on the log's own path. */
    public void onScheduled(ConsumeQueue hour) {
        loop.onScheduled(hour);
    }

    /** A topic was made or changed: what waits for it, though it is due, may go. */
    public void onTopicChange() {
        loop.retryHeld();
    }

    /** The longest delay that is taken, in ms. */
    public long delayMaxMs() {
        return config.delayMax().toMillis();
    }

    /** The queue in which a message waits that is due at this time. */
    public ConsumeQueue queueFor(long dueMs) {
        return log.dueQueues().of(DueQueues.hourOf(dueMs));
    }

    // ---- orders: told what came of it, by any thread

    /**
     * Cancels a message that waits. Exact: when DONE is told, this is durable as the flush mode says, and the message is
     * never delivered; whichever of leaving and cancelling comes first in the log wins.
     */
    public void cancel(long ticket, OrderDone told) {
        loop.add(new Order.Cancel(ticket, outcome -> {
            figures.countCancel(outcome);
            told.done(outcome);
        }));
    }

    /** Counts that somebody wanted to cancel what is not known. */
    public void onUnknownCancel() {
        figures.countCancel(Outcome.NOT_FOUND);
    }

    /**
     * Lets a message be due at another time; at once when that has passed. It gets another ticket.
     *
     * @throws IllegalArgumentException when that is later than messages may be
     */
    public void reschedule(long ticket, long dueMs, OrderDone told) {
        long nowMs = ticker.nowMs();
        if (dueMs - nowMs > delayMaxMs()) {
            throw new IllegalArgumentException(
                    "due in " + (dueMs - nowMs) + " ms, at most " + delayMaxMs() + " are taken");
        }
        loop.add(new Order.Move(ticket, Math.max(dueMs, nowMs), told));
    }

    /** Delivers a message now. */
    public void deliverNow(long ticket, OrderDone told) {
        loop.add(new Order.Leave(ticket, told));
    }

    /**
     * Stores a message that has a key: of the messages of its topic that wait, it is then the only one with it.
     *
     * @param mayReplace whether it takes the place of the one that has the key now; else it is refused
     */
    public void send(KeyedSend send, String topic, String key, boolean mayReplace) {
        loop.add(new Order.Keyed(send, ScheduleState.keyOf(topic, key), mayReplace));
    }

    /** Messages of this topic stay when they are due, until it is resumed. Durable when DONE is told. */
    public void pause(String topic, OrderDone told) {
        change(new ScheduleChange().topic(ScheduleChange.PAUSE, topic), told);
    }

    /** Ends a {@link #pause}: what was due meanwhile leaves at the rate of a backlog. */
    public void resume(String topic, OrderDone told) {
        change(new ScheduleChange().topic(ScheduleChange.RESUME, topic), outcome -> {
            loop.retryHeld();
            told.done(outcome);
        });
    }

    private void change(ScheduleChange change, OrderDone told) {
        log.appendMetadata(
                asEntry.apply(change.toBytes()),
                refusal -> told.done(refusal == null ? Outcome.DONE : Outcome.REFUSED));
    }

    // ---- questions

    public ScheduleState.Status status(long ticket) {
        return state.status(ticket);
    }

    /** The message with this ticket as it was stored, whether it still waits or not; null when it is gone. Reads. */
    public @Nullable Waiting find(long ticket) {
        MemorySegment record = records.find(ticket);
        return record == null ? null : Waiting.of(ticket, record, state);
    }

    /**
     * The message that a sender gave this unique id: the newest, or the occurrence that waits when it recurs; null when
     * none is known. Reads.
     */
    public @Nullable Waiting find(String topic, String uniqueId) {
        Waiting keyed = findByKey(topic, uniqueId);
        if (keyed != null && keyed.properties().containsKey(Extras.CRON)) {
            return keyed;
        }
        MemorySegment record = log.findScheduled(topic, uniqueId);
        if (record == null) {
            return null;
        }
        int hour = DueQueues.hourOf(DueTime.ms(MessageRecord.due(record, 0)));
        long ticket = Ticket.of(hour, Math.toIntExact(MessageRecord.queueOffset(record, 0)));
        return Waiting.of(ticket, record, state);
    }

    /** The message of a topic that waits with this key, or null. Reads. */
    public @Nullable Waiting findByKey(String topic, String key) {
        Long ticket = state.ticketOf(ScheduleState.keyOf(topic, key));
        return ticket == null ? null : find(ticket);
    }

    /**
     * What waits, in the order in which it is due. Reads, a filtered list maybe all that is due in that time.
     *
     * @param topic only messages of this topic; empty for all
     * @param key only messages with this key, be it of its KEYS, its own key, or its unique id; empty for all
     * @param fromMs due at this time or later
     * @param toMs due before this time
     * @param after only what stands behind this place
     */
    public List<Waiting> list(String topic, String key, long fromMs, long toMs, WaitingPlace after, int max) {
        return page(topic, key, fromMs, toMs, after, max, Integer.MAX_VALUE).found();
    }

    /** As the other, but ends when it has looked at {@code looksMax} messages, whether they match or not. */
    public WaitingPage page(
            String topic, String key, long fromMs, long toMs, WaitingPlace after, int max, int looksMax) {
        return survey.list(new Survey.Query(topic, key, fromMs, toMs, after, Survey.What.WAITS), max, looksMax);
    }

    /** Likewise what was cancelled, and is in an hour of which anything has to be known still. */
    public WaitingPage cancelled(
            String topic, String key, long fromMs, long toMs, WaitingPlace after, int max, int looksMax) {
        return survey.list(new Survey.Query(topic, key, fromMs, toMs, after, Survey.What.CANCELLED), max, looksMax);
    }

    /** Likewise what left without being delivered, for its time to live was over. */
    public WaitingPage expired(
            String topic, String key, long fromMs, long toMs, WaitingPlace after, int max, int looksMax) {
        return survey.list(new Survey.Query(topic, key, fromMs, toMs, after, Survey.What.EXPIRED), max, looksMax);
    }

    /** As the other, from the first one on. */
    public List<Waiting> list(String topic, String key, long fromMs, long toMs, int max) {
        return list(topic, key, fromMs, toMs, WaitingPlace.START, max);
    }

    /** The first bytes of a message's body, as it was stored; null when the message is gone. Reads. */
    public byte @Nullable [] body(long ticket, int bytesMax) {
        MemorySegment record = records.find(ticket);
        if (record == null) {
            return null;
        }
        int bytes = Math.min(bytesMax, MessageRecord.bodyLength(record, 0));
        return record.asSlice(MessageRecord.bodyAt(record, 0), bytes).toArray(ValueLayout.JAVA_BYTE);
    }

    /** How many messages are due from {@code fromMs} on and before {@code toMs}, by spans of time. Reads. */
    public SortedMap<Long, Long> histogram(long fromMs, long toMs, long spanMs) {
        return survey.histogram(fromMs, toMs, spanMs);
    }

    /** What waits in all. Reads the index of all of it. */
    public Totals totals() {
        return survey.totals();
    }

    /** How many messages wait. */
    public long pendingCount() {
        long sum = 0;
        for (ConsumeQueue queue : log.dueQueues().all()) {
            sum += state.pendingCount(DueQueues.hourOf(queue), Math.toIntExact(queue.offsetMax()));
        }
        return sum;
    }

    public Set<String> paused() {
        return state.paused();
    }

    /** How late messages were delivered, by topic: counts for {@link #latenessBoundsMs} and what is above. */
    public Map<String, long[]> lateness() {
        return figures.lateness.counts();
    }

    /** Upper ends of the buckets of {@link #lateness}, in ms. */
    public static long[] latenessBoundsMs() {
        return Lateness.BOUNDS_MS.clone();
    }
}
