package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.Refusal;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Pulls that wait: a small object each, in a queue for each group, and no thread. One loop ends those whose time is over,
 * another looks now and then whether something is ready that no news told of. Any thread may call.
 */
final class Waits implements Mover.Listener {
    /** A pull that waits until {@code endNs}. */
    static final class Waiter {
        final PullOrder order;
        final long endNs;
        final CompletableFuture<Answer<List<Delivery>>> answer = new CompletableFuture<>();
        /** It wants what there is now, and waits for nothing. */
        final boolean isImpatient;

        private final AtomicBoolean isServed = new AtomicBoolean();

        Waiter(PullOrder order, long endNs, boolean isImpatient) {
            this.order = order;
            this.endNs = endNs;
            this.isImpatient = isImpatient;
        }

        /** Whether nobody serves it yet, and it is still wanted; from then on the caller does. */
        boolean serve() {
            return !answer.isDone() && isServed.compareAndSet(false, true);
        }

        /** Gives it back, unserved. */
        void unserve() {
            isServed.set(false);
        }

        boolean isOpen() {
            return !answer.isDone() && !isServed.get();
        }
    }

    /** What is pulled. */
    record PullOrder(TopicTable.Topic topic, TopicTable.Group group, int max, long visibilityMs, List<String> tags) {}

    /** When a wait is over. One that was answered is not held on to until then: its messages are large. */
    private static final class End {
        private final long endNs;
        private volatile @Nullable Waiter waiter;

        End(Waiter waiter) {
            this.endNs = waiter.endNs;
            this.waiter = waiter;
        }
    }

    private static final long LOOK_EVERY_NS = 1_000_000_000L;
    /** Looking takes about this part of the time at most, however many groups wait, but is not rarer than that. */
    private static final int LOOK_SHARE = 20;

    private static final long LOOK_LATEST_NS = 5_000_000_000L;

    private static final int CHUNK = 500;

    private final Life life;
    private final Pulls pulls;
    private final int waitingMax;
    private final Map<Depths.Of, Line> lines = new ConcurrentHashMap<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final PriorityQueue<End> ends = new PriorityQueue<>((a, b) -> Long.compare(a.endNs - b.endNs, 0));

    Waits(Life life, Pulls pulls, int waitingMax) {
        this.life = life;
        this.pulls = pulls;
        this.waitingMax = waitingMax;
    }

    int waiting() {
        return waiting.get();
    }

    long waiting(int topic, int bit) {
        Line line = lines.get(new Depths.Of(topic, bit));
        return line == null ? 0 : line.waiting();
    }

    CompletableFuture<Answer<List<Delivery>>> pull(PullOrder order, long waitMs) {
        if (waiting.get() >= waitingMax) {
            return CompletableFuture.completedFuture(
                    Answer.refused(new Refusal.Busy("waiting_max", waitingMax, 1_000)));
        }
        Waiter waiter = new Waiter(order, life.ticker().nanoTime() + waitMs * 1_000_000, waitMs <= 0);
        waiting.incrementAndGet();
        Line line = enter(new Depths.Of(order.topic().id(), order.group().bit()));
        CompletableFuture<Answer<List<Delivery>>> answer = waiter.answer;
        answer.whenComplete((_, _) -> {
            waiting.decrementAndGet();
            line.leave();
        });
        if (waitMs > 0) {
            End end = new End(waiter);
            answer.whenComplete((_, _) -> end.waiter = null);
            synchronized (ends) {
                ends.add(end);
            }
        }
        line.add(waiter);
        return answer;
    }

    /** In one step with {@link #forgetIdle}'s: nobody waits in a line that is forgotten. */
    private Line enter(Depths.Of of) {
        return lines.compute(of, (_, known) -> {
            Line line = known == null ? new Line(life, pulls, of) : known;
            line.enter();
            return line;
        });
    }

    private void forgetIdle(Line line) {
        if (line.isIdle()) {
            lines.computeIfPresent(line.of(), (_, known) -> known.isIdle() ? null : known);
        }
    }

    /** How many groups are pulled from, or were lately. */
    int lines() {
        return lines.size();
    }

    @Override
    public void isReady(int topic, int bit, int bucket) {
        Line line = lines.get(new Depths.Of(topic, bit));
        if (line != null) {
            line.isReady(bucket);
        }
    }

    /** Topics or groups changed: who waits for what is no more hears so. */
    void endGone() {
        lines.values().forEach(Line::endGone);
    }

    /** These did not reach their receiver; waits for Redis. */
    void giveBack(List<Delivery> deliveries) {
        for (Receipts.Receipt receipt : pulls.giveBack(deliveries)) {
            isReady(receipt.member().topic(), receipt.bit(), receipt.member().bucket());
        }
    }

    /** Ends the waits whose time is over. */
    long round() {
        long nowNs = life.ticker().nanoTime();
        synchronized (ends) {
            for (End first = ends.peek(); first != null; first = ends.peek()) {
                Waiter waiter = first.waiter;
                if (waiter != null && first.endNs - nowNs > 0) {
                    break;
                }
                ends.remove();
                if (waiter != null && waiter.serve()) {
                    waiter.answer.complete(Answer.of(List.of()));
                }
            }
        }
        return 10_000_000L;
    }

    /** Asks what is ready for all that wait, in one question, and forgets where nobody does; waits for Redis. */
    long look() {
        lines.values().forEach(this::forgetIdle);
        long beganNs = life.ticker().nanoTime();
        List<Line> toAsk = lines.values().stream().filter(Line::wantsLook).toList();
        for (int i = 0; i < toAsk.size(); i += CHUNK) {
            look(toAsk.subList(i, Math.min(toAsk.size(), i + CHUNK)));
        }
        return Math.clamp(LOOK_SHARE * (life.ticker().nanoTime() - beganNs), LOOK_EVERY_NS, LOOK_LATEST_NS);
    }

    private void look(List<Line> toAsk) {
        try {
            int[] found = pulls.probe(toAsk.stream().map(Line::of).toList());
            for (int i = 0; i < found.length; i++) {
                toAsk.get(i).found(found[i]);
            }
        } catch (StoreFailure failure) {
            toAsk.forEach(line -> line.refuse(failure));
            throw failure;
        }
    }

    /** Ends all waits. */
    void close() {
        lines.values().forEach(Line::end);
    }
}
