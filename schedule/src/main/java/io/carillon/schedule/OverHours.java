package io.carillon.schedule;

import io.carillon.base.Ticker;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.DueQueues;
import io.carillon.log.MessageLog;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Has hours given up that are over and of which nothing waits: what left which way, and the queue of the hour in the
 * index. An hour in which something was cancelled or moved is kept until the log has dropped all its messages, so that who
 * asks for one of them again is told the truth; likewise one in which something expired, which is listed. The loop's thread, but for what says otherwise.
 */
final class OverHours {
    /** An hour is over for so long before it is given up: people still look at what left. */
    static final long KEPT_MS = DueQueues.HOUR_MS;

    static final long LOOK_NS = 600_000_000_000L;
    private static final int AT_ONCE = 1024;

    /** An hour that can be given up, and where it ends. */
    private record Over(int hour, long end) {}

    private final MessageLog log;
    private final WaitingRecords records;
    private final ScheduleState state;
    private final UnaryOperator<byte[]> asEntry;
    private final Ticker ticker;
    private long nextNs;
    private boolean isUnderWay;
    /** What was asked for and is done now; null before that. Written by any thread. */
    private volatile @Nullable List<Over> done;

    OverHours(
            MessageLog log, WaitingRecords records, ScheduleState state, UnaryOperator<byte[]> asEntry, Ticker ticker) {
        this.log = log;
        this.records = records;
        this.state = state;
        this.asEntry = asEntry;
        this.ticker = ticker;
        nextNs = ticker.nanoTime();
    }

    /**
     * Looks for such hours now and then; returns how much was done.
     *
     * @param isLoaded of which hours something is in memory
     */
    int work(long nowMs, IntPredicate isLoaded) {
        List<Over> forgotten = done;
        if (forgotten != null) {
            done = null;
            isUnderWay = false;
            forgotten.forEach(one -> log.forgetDueQueue(one.hour(), one.end()));
            return forgotten.size();
        }
        if (isUnderWay || ticker.nanoTime() - nextNs < 0) {
            return 0;
        }
        nextNs = ticker.nanoTime() + LOOK_NS;
        List<Over> over = find(nowMs, isLoaded);
        if (!over.isEmpty()) {
            forget(over);
        }
        return over.size();
    }

    private List<Over> find(long nowMs, IntPredicate isLoaded) {
        int before = DueQueues.hourOf(nowMs - KEPT_MS);
        List<Over> over = new ArrayList<>();
        for (int hour : records.hours()) {
            if (hour >= before) {
                break;
            }
            if (over.size() == AT_ONCE) {
                nextNs = ticker.nanoTime();
                break;
            }
            ConsumeQueue queue = log.dueQueues().existing(hour);
            if (queue != null && !isLoaded.test(hour) && isNotNeeded(hour, queue)) {
                over.add(new Over(hour, queue.offsetMax()));
            }
        }
        return over;
    }

    private boolean isNotNeeded(int hour, ConsumeQueue queue) {
        long end = queue.offsetMax();
        return state.firstPending(hour) == end && (state.isPlain(hour) || queue.offsetMin() == end);
    }

    /** The state first, and only then the index: a queue that is made anew must not give out places a second time. */
    private void forget(List<Over> over) {
        isUnderWay = true;
        List<Integer> known =
                over.stream().map(Over::hour).filter(state::isKnown).toList();
        if (known.isEmpty()) {
            done = over; // the index came back after a crash
            return;
        }
        byte[] change = new ScheduleChange().forget(known).toBytes();
        log.appendMetadata(asEntry.apply(change), refusal -> done = refusal == null ? over : List.of());
    }
}
