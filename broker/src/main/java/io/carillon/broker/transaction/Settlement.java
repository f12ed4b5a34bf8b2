package io.carillon.broker.transaction;

import io.carillon.log.AppendBatch;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.log.Refusal;
import io.carillon.message.RecordCopy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Halves that are decided together: the copies that go somewhere, and the note that the halves are decided, which are
 * one entry of the log. After a crash both are there, or neither. Made by {@link TransactionService#begin}; filled by one
 * thread, which then submits it; told of its outcome by whichever thread made it so.
 */
public final class Settlement {
    private static final int COUNT_MAX = 512;
    /** What a decision may add to a half when it is copied. */
    private static final int GROWTH_MAX = 512;

    /** Told once, quickly: null when the half is decided. */
    private record Decided(long half, Consumer<@Nullable Refusal> told) {}

    private final MessageLog log;
    private final Function<List<Long>, byte[]> asEntry;
    private final Consumer<Settlement> free;
    private final AppendBatch batch = new AppendBatch(this::ended);
    private final List<Decided> decided = new ArrayList<>();
    private Runnable done = () -> {};
    final HalfMessage half = new HalfMessage();

    /** @param asEntry makes an entry of the log out of the halves that are decided */
    Settlement(MessageLog log, Function<List<Long>, byte[]> asEntry, Consumer<Settlement> free) {
        this.log = log;
        this.asEntry = asEntry;
        this.free = free;
    }

    /** Whether the next decision belongs into another one. */
    public boolean isFull() {
        return decided.size() >= COUNT_MAX || batch.end() >= log.groupBytesMax();
    }

    /** Whether a half of this size may be moved together with the others. */
    boolean hasRoomFor(long recordBytes) {
        return isEmpty() || batch.end() + recordBytes + GROWTH_MAX <= log.groupBytesMax();
    }

    public boolean isEmpty() {
        return decided.isEmpty();
    }

    /** Decides {@link #half} without a copy. */
    void drop(Consumer<@Nullable Refusal> told) {
        drop(half.half(), told);
    }

    /** Decides a half without a copy. */
    void drop(long itsHalf, Consumer<@Nullable Refusal> told) {
        decided.add(new Decided(itsHalf, told));
    }

    /**
     * Decides {@link #half} by a copy of it.
     *
     * @throws IllegalArgumentException when that is larger than a record can be
     */
    void move(RecordCopy copy, ConsumeQueue to, Consumer<@Nullable Refusal> told) {
        batch.add(to, copy);
        decided.add(new Decided(half.half(), told));
    }

    /**
     * Appends what was decided; nothing may be added then.
     *
     * @param whenDone run after everybody was told, by the same thread: must only hand over
     */
    public void submit(Runnable whenDone) {
        done = whenDone;
        if (decided.isEmpty()) {
            ended((Refusal) null);
            return;
        }
        byte[] entry = asEntry.apply(decided.stream().map(Decided::half).toList());
        if (batch.count() == 0) {
            log.appendMetadata(entry, this::ended);
        } else {
            batch.command(entry);
            log.append(batch);
        }
    }

    private void ended(AppendBatch appended) {
        ended(appended.refusal());
    }

    private void ended(@Nullable Refusal refusal) {
        List<Decided> all = List.copyOf(decided);
        Runnable last = done;
        decided.clear();
        batch.clear();
        done = () -> {};
        free.accept(this);
        all.forEach(one -> one.told().accept(refusal));
        last.run();
    }
}
