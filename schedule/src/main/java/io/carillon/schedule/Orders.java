package io.carillon.schedule;

import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.DueQueues;
import io.carillon.log.MessageLog;
import io.carillon.log.Refusal;
import io.carillon.message.DueTime;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordCopy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What is asked about waiting messages, decided one by one by the due loop's thread: it alone lets messages go, so that
 * every answer is exact. An order about a message that is just leaving waits until that is settled.
 */
final class Orders {
    private static final Logger LOG = System.getLogger(Orders.class.getName());
    /** So many orders are decided before messages that are due get their turn. */
    private static final int DECIDED_AT_ONCE = 256;

    private final MessageLog log;
    private final WaitingRecords records;
    private final ScheduleState state;
    private final UnaryOperator<byte[]> asEntry;
    private volatile int keysMax;
    private final Set<Long> underWay;
    private final LongAdder cancelled;
    private final LongAdder moved;

    private final List<Order> waiting = new ArrayList<>();
    private final Set<String> keysUnderWay = new HashSet<>();
    private final ScheduleChange change = new ScheduleChange();
    private final RecordCopy copy = new RecordCopy();

    // ---- written by any thread
    private final Queue<Order> fresh = new ConcurrentLinkedQueue<>();
    private final Queue<Ended> ended = new ConcurrentLinkedQueue<>();
    private volatile Runnable waker = () -> {};

    /** What an order held while it was under way; {@code NO_TICKET} or null for nothing. */
    private record Ended(long ticket, @Nullable String key) {}

    private static final long NO_TICKET = -1;

    /** Told of an order to deliver a message now, which only the loop can do. */
    interface Leaver {
        /** Takes the order over, or says that the message is held. */
        boolean leave(long ticket, OrderDone told);
    }

    private final Leaver leaver;

    /** @param underWay tickets that are leaving or being changed; the loop's thread only */
    Orders(
            MessageLog log,
            WaitingRecords records,
            ScheduleState state,
            UnaryOperator<byte[]> asEntry,
            int keysMax,
            Set<Long> underWay,
            Leaver leaver,
            LongAdder cancelled,
            LongAdder moved) {
        this.log = log;
        this.records = records;
        this.state = state;
        this.asEntry = asEntry;
        this.keysMax = keysMax;
        this.underWay = underWay;
        this.leaver = leaver;
        this.cancelled = cancelled;
        this.moved = moved;
    }

    void wakeBy(Runnable loopWaker) {
        waker = loopWaker;
    }

    // ---- any thread

    /** How many messages that have a key may wait, from the next one on. */
    void keysMax(int newKeysMax) {
        keysMax = newKeysMax;
    }

    void add(Order order) {
        fresh.add(order);
        waker.run();
    }

    private void end(long ticket, @Nullable String key) {
        ended.add(new Ended(ticket, key));
        waker.run();
    }

    // ---- the loop's thread

    /** Tells of each ticket that is free again. */
    interface Freed {
        void free(long ticket);
    }

    int takeEnded(Freed freed) {
        int count = 0;
        for (Ended one = ended.poll(); one != null; one = ended.poll()) {
            count++;
            if (one.key() != null) {
                keysUnderWay.remove(one.key());
            }
            if (one.ticket() != NO_TICKET) {
                underWay.remove(one.ticket());
                freed.free(one.ticket());
            }
        }
        return count;
    }

    /** @param isSomethingSettled whether what orders wait for may have come to pass */
    int decideAll(boolean isSomethingSettled) {
        int count = 0;
        if (isSomethingSettled && !waiting.isEmpty()) {
            List<Order> again = List.copyOf(waiting);
            waiting.clear();
            again.forEach(this::decide);
        }
        while (count < DECIDED_AT_ONCE) {
            Order order = fresh.poll();
            if (order == null) {
                break;
            }
            count++;
            decide(order);
        }
        return count;
    }

    boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    private void decide(Order order) {
        switch (order) {
            case Order.Keyed keyed -> decideKeyed(keyed);
            case Order.Cancel cancel -> {
                if (isFree(cancel, cancel.ticket(), cancel.told())) {
                    cancel(cancel);
                }
            }
            case Order.Move move -> {
                if (isFree(move, move.ticket(), move.told())) {
                    move(move);
                }
            }
            case Order.Leave leave -> {
                if (isFree(leave, leave.ticket(), leave.told()) && !leaver.leave(leave.ticket(), leave.told())) {
                    tell(leave.told(), Outcome.HELD);
                }
            }
        }
    }

    /** Whether the message waits and nothing is done with it; else the order is answered, or waits. */
    private boolean isFree(Order order, long ticket, OrderDone told) {
        if (underWay.contains(ticket)) {
            waiting.add(order);
            return false;
        }
        Outcome gone = switch (state.status(ticket)) {
            case LEFT, EXPIRED -> Outcome.LEFT;
            case CANCELLED -> Outcome.CANCELLED;
            case MOVED -> Outcome.NOT_FOUND;
            case PENDING -> records.exists(ticket) ? null : Outcome.NOT_FOUND;
        };
        if (gone != null) {
            tell(told, gone);
        }
        return gone == null;
    }

    private void cancel(Order.Cancel cancel) {
        underWay.add(cancel.ticket());
        byte[] changed =
                change.clear().ticket(ScheduleChange.CANCELLED, cancel.ticket()).toBytes();
        log.appendMetadata(asEntry.apply(changed), refusal -> {
            if (refusal == null) {
                cancelled.increment();
            }
            end(cancel.ticket(), null);
            tell(cancel.told(), refusal);
        });
    }

    private static void tell(OrderDone told, @Nullable Refusal refusal) {
        tell(told, refusal == null ? Outcome.DONE : Outcome.REFUSED);
    }

    /** What the one who asked throws is not the loop's end. */
    static void tell(OrderDone told, Outcome outcome) {
        try {
            told.done(outcome);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "who gave an order failed to hear that it is " + outcome, e);
        }
    }

    private void move(Order.Move move) {
        MemorySegment record = records.find(move.ticket());
        if (record == null) {
            tell(move.told(), Outcome.NOT_FOUND);
            return;
        }
        AppendBatch batch = new AppendBatch(done -> {
            if (done.refusal() == null) {
                moved.increment();
            }
            end(move.ticket(), null);
            tell(move.told(), done.refusal());
        });
        ConsumeQueue hour = addMoved(batch, record, move.dueMs());
        if (hour == null) {
            tell(move.told(), Refusal.TOO_LARGE);
            return;
        }
        underWay.add(move.ticket());
        change.clear();
        String key = state.keyOf(move.ticket());
        append(batch, key, hour, move.ticket());
    }

    /** Null when the record has no room for it. */
    private @Nullable ConsumeQueue addMoved(AppendBatch batch, MemorySegment record, long dueMs) {
        try {
            copy.read(record, 0);
            DeliveryExtras.markDue(copy, DueTime.of(dueMs, DueTime.rank(MessageRecord.due(record, 0))));
            return Departure.addScheduled(log, batch, copy);
        } catch (IllegalArgumentException _) {
            return null; // its properties are as long as they may be, or the time is none
        }
    }

    private void decideKeyed(Order.Keyed keyed) {
        Long current = state.ticketOf(keyed.key());
        if (keysUnderWay.contains(keyed.key()) || (current != null && underWay.contains(current))) {
            waiting.add(keyed);
            return;
        }
        boolean isAgain = current != null && isSameMessage(keyed.send().batch(), current);
        if (current != null && !keyed.mayReplace() && !isAgain) {
            tell(keyed.send()::refuse, Outcome.KEY_TAKEN);
            return;
        }
        if (current == null
                && keyed.send().batch().isScheduled(0)
                && state.keyCount() + keysUnderWay.size() >= keysMax) {
            tell(keyed.send()::refuse, Outcome.TOO_MANY_KEYS);
            return;
        }
        keysUnderWay.add(keyed.key());
        if (current != null) {
            underWay.add(current);
        }
        long replaced = current == null ? NO_TICKET : current;
        keyed.send().onSettled(() -> end(replaced, keyed.key()));
        change.clear();
        AppendBatch batch = keyed.send().batch();
        append(batch, batch.isScheduled(0) ? keyed.key() : null, batch.queue(0), replaced);
    }

    /** A producer that heard nothing sends the same message again. */
    private boolean isSameMessage(AppendBatch batch, long ticket) {
        MemorySegment record = records.find(ticket);
        String id = record == null ? null : MessageProperties.of(record, 0, MessageProperties.UNIQ_KEY);
        return id != null && id.equals(MessageProperties.of(batch.bytes(), batch.start(0), MessageProperties.UNIQ_KEY));
    }

    /** Appends a record that takes the place of a message that waits, and its key. */
    private void append(AppendBatch batch, @Nullable String key, ConsumeQueue hour, long replaced) {
        int placeAt = key == null ? -1 : change.key(key, DueQueues.hourOf(hour));
        if (replaced != NO_TICKET) {
            change.ticket(ScheduleChange.MOVED, replaced);
        }
        if (!change.isEmpty()) {
            byte[] changed = change.toBytes();
            byte[] entry = asEntry.apply(changed);
            batch.command(entry);
            if (placeAt >= 0) {
                batch.placeInCommand(0, entry.length - changed.length + placeAt);
            }
        }
        log.append(batch);
    }
}
