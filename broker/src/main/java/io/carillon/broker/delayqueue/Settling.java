package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Extended;
import io.carillon.base.delayqueue.Refusal.NotYours;
import io.carillon.base.delayqueue.Refusal.Unavailable;
import io.carillon.base.delayqueue.Released;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.Settled;
import io.carillon.broker.pop.PopService.Outcome;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Takes back what was handed out. Any thread. */
final class Settling {
    /** So many receipts that were exchanged for others are remembered. */
    private static final int EXCHANGED_MAX = 10_000;

    private final Parts parts;
    private final Receipts receipts;
    private final GivenUp givenUp;
    private final Exchanged exchanged = new Exchanged();

    Settling(Parts parts, Receipts receipts, GivenUp givenUp) {
        this.parts = parts;
        this.receipts = receipts;
        this.givenUp = givenUp;
    }

    /** The oldest one is forgotten for a new one. */
    private static final class Exchanged extends LinkedHashMap<String, Boolean> {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > EXCHANGED_MAX;
        }
    }

    CompletableFuture<Answer<List<Settled>>> acknowledge(Where where, List<String> texts) {
        List<Settled> all = new ArrayList<>(texts.size());
        for (String text : texts) {
            Receipt receipt = receipts.read(where, text);
            all.add(receipt == null ? Settled.INVALID : acknowledge(where, receipt, text));
        }
        return parts.isReplica() && all.contains(Settled.DONE)
                ? whenDurable(all)
                : CompletableFuture.completedFuture(Answer.of(all));
    }

    /** Where others replicate what is done here, one that leads no more without knowing it would promise too much. */
    private CompletableFuture<Answer<List<Settled>>> whenDurable(List<Settled> all) {
        CompletableFuture<Answer<List<Settled>>> told = new CompletableFuture<>();
        parts.pop().whenDurable(refusal -> {
            try {
                told.complete(refusal == null ? Answer.of(all) : Answer.refused(Refusals.of(refusal)));
            } catch (RuntimeException e) {
                told.completeExceptionally(e);
            }
        });
        return told;
    }

    private Settled acknowledge(Where where, Receipt receipt, String text) {
        String topic = receipt.topic(where);
        long heldSinceMs = parts.pop().heldSinceMs(where.group(), topic, receipt.queue(), receipt.offset());
        if (heldSinceMs == receipt.poppedMs()) {
            Outcome outcome =
                    parts.pop().ack(where.group(), topic, receipt.queue(), receipt.offset(), receipt.poppedMs());
            return outcome == Outcome.DONE ? Settled.DONE : Settled.TOO_LATE;
        }
        // Somebody else has it, or it was settled: by this receipt, if its time is not over and it was not exchanged.
        boolean isSettled = heldSinceMs < 0 && parts.ticker().nowMs() < receipt.visibleMs() && !isExchanged(text);
        return isSettled ? Settled.DONE : Settled.TOO_LATE;
    }

    private boolean isExchanged(String text) {
        synchronized (exchanged) {
            return exchanged.containsKey(text);
        }
    }

    private void exchange(String text) {
        synchronized (exchanged) {
            exchanged.put(text, true);
        }
    }

    CompletableFuture<Answer<Extended>> extend(Where where, String text, long visibilityMs) {
        CompletableFuture<Answer<Extended>> told = new CompletableFuture<>();
        Receipt receipt = receipts.read(where, text);
        if (receipt == null) {
            told.complete(notYours());
            return told;
        }
        change(
                where,
                receipt,
                text,
                visibilityMs,
                told,
                changed -> new Extended(receipts.text(where, changed), changed.visibleMs()));
        return told;
    }

    CompletableFuture<Answer<Released>> release(Where where, String text, long delayMs) {
        CompletableFuture<Answer<Released>> told = new CompletableFuture<>();
        Receipt receipt = receipts.read(where, text);
        if (receipt == null) {
            told.complete(notYours());
            return told;
        }
        if (receipt.attempt() >= receipt.attemptsMax()) {
            parts.blocking().execute(() -> bury(where, receipt, text, told));
        } else {
            long waitMs = delayMs == Requests.BY_POLICY ? receipt.backoffMs() : delayMs;
            change(where, receipt, text, waitMs, told, changed -> new Released(changed.visibleMs(), false));
        }
        return told;
    }

    /** That was its last try. */
    private void bury(Where where, Receipt receipt, String text, CompletableFuture<Answer<Released>> told) {
        String topic = receipt.topic(where);
        long nowMs = parts.ticker().nowMs();
        long heldSinceMs = parts.pop().heldSinceMs(where.group(), topic, receipt.queue(), receipt.offset());
        MemorySegment record =
                heldSinceMs == receipt.poppedMs() ? parts.record(topic, receipt.queue(), receipt.offset()) : null;
        if (record == null) {
            told.complete(notYours());
            return;
        }
        exchange(text);
        givenUp.dead(
                where,
                receipt,
                record,
                isDone -> told.complete(isDone ? Answer.of(new Released(nowMs, true)) : refused(Outcome.NOT_STORED)));
    }

    private interface Changed<T> {
        T answer(Receipt changed);
    }

    private <T> void change(
            Where where,
            Receipt receipt,
            String text,
            long invisibleMs,
            CompletableFuture<Answer<T>> told,
            Changed<T> answer) {
        parts.pop()
                .changeInvisible(
                        where.group(),
                        receipt.topic(where),
                        receipt.queue(),
                        receipt.offset(),
                        receipt.poppedMs(),
                        invisibleMs,
                        (outcome, poppedMs, visibleMs) -> {
                            if (outcome == Outcome.DONE) {
                                exchange(text);
                                told.complete(Answer.of(answer.answer(receipt.until(poppedMs, visibleMs))));
                            } else {
                                told.complete(refused(outcome));
                            }
                        });
    }

    private static <T> Answer<T> refused(Outcome outcome) {
        return switch (outcome) {
            case NOT_STORED ->
                Answer.refused(new Unavailable("log", "the log takes nothing now, so all stays as it was", 1_000));
            case DONE, NO_TOPIC, BAD_QUEUE, NO_MESSAGE -> notYours();
        };
    }

    private static <T> Answer<T> notYours() {
        return Answer.refused(new NotYours(
                "the receipt is none of this topic and group, or the message was settled, or its time is over"));
    }
}
