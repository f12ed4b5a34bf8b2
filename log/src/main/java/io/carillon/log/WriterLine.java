package io.carillon.log;

import io.carillon.base.HotPath;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where appends stand in line, and whose thread the writer runs on.
 *
 * <p>The writer has no thread of its own. Whoever appends puts its batch in line; the one that finds nobody writing writes
 * for all until the line is empty. So there is one writer at a time, batches form by themselves when it is busy, and a lone
 * sender pays for no hand-over. Such a thread may wait for a write to the page cache, never for a force.
 */
@HotPath
final class WriterLine {
    private final Queue<Append> line = new ConcurrentLinkedQueue<>();
    private final AtomicInteger inLine = new AtomicInteger();
    private final HeldAppends held;
    private final Writer writer;

    /** Who is handed what stands in line, one part at a time. Nothing that goes wrong with one may stop the line. */
    interface Writer {
        void takeNext(Append part);

        /** Nobody stands in line any more: what was taken is written now. */
        void writeTaken();

        /** Told that there is no room for it. */
        void refuseNext(Append part);

        /** Whether everything is refused for good. */
        boolean takesNothing();
    }

    WriterLine(HeldAppends held, Writer writer) {
        this.held = held;
        this.writer = writer;
    }

    /** Hands over, and writes if nobody else does. Any thread. */
    void append(Append part) {
        line.add(part);
        if (inLine.getAndIncrement() == 0) {
            drain();
        }
    }

    private void drain() {
        int done = 1;
        do {
            Append part;
            while ((part = line.poll()) != null) {
                takeOrHold(part);
            }
            writer.writeTaken();
            done = inLine.addAndGet(-done);
        } while (done != 0);
    }

    private void takeOrHold(Append part) {
        if (part instanceof WriterTask) {
            writer.takeNext(part);
            takeHeld();
        } else if (held.letPass(part)) {
            writer.takeNext(part);
        } else if (writer.takesNothing()) {
            // It failed just now: nobody would come to let go what is held.
            takeHeld();
        }
    }

    private void takeHeld() {
        Append part;
        while ((part = held.poll(writer.takesNothing())) != null) {
            writer.takeNext(part);
        }
    }

    /** Lets go what is held back, if enough was stored. Any thread. */
    void checkpointStored() {
        append(new WriterTask(held::noteWritten));
    }

    /** Answers what is held back, for nothing is taken any more. Any thread. */
    void letGo() {
        if (held.isAny()) {
            append(new WriterTask(() -> {}));
        }
    }

    /** Refuses the messages that are held back: the disk has no room for a checkpoint. Any thread. */
    void refuseHeld() {
        if (held.isAny()) {
            append(new WriterTask(() -> {
                Append part;
                while ((part = held.poll(true)) != null) {
                    writer.refuseNext(part);
                }
            }));
        }
    }
}
