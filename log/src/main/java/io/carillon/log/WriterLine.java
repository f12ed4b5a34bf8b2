package io.carillon.log;

import io.carillon.base.HotPath;

/**
 * Where appends stand in line, and whose thread the writer runs on.
 *
 * <p>The writer has no thread of its own: whoever appends and finds nobody writing writes for all, see {@link WorkLine}.
 * Such a thread may wait for a write to the page cache, never for a force.
 */
@HotPath
final class WriterLine {
    private final WorkLine<Append> line = new WorkLine<>();
    private final HeldAppends held;
    private final Writer writer;

    /** Who is handed what stands in line, one part at a time. */
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

    /** Hands over, and writes if nobody else does. Any thread. What goes wrong meanwhile is thrown to whoever writes. */
    void append(Append part) {
        line.add(part);
        if (line.begins()) {
            drain();
        }
    }

    private void drain() {
        do {
            Append part;
            while ((part = line.next()) != null) {
                takeOrHold(part);
            }
            writeTaken();
        } while (!line.ends());
    }

    private void writeTaken() {
        try {
            writer.writeTaken();
        } catch (RuntimeException | Error e) {
            line.failed(e);
        }
    }

    private void take(Append part) {
        try {
            writer.takeNext(part);
        } catch (RuntimeException | Error e) {
            line.failed(e);
        }
    }

    /** Tells somebody that it came to nothing, and goes on when it cannot be told. Whoever writes. */
    void tell(Append part, Refusal why) {
        try {
            part.complete(why);
        } catch (RuntimeException | Error e) {
            line.failed(e);
        }
    }

    private void takeOrHold(Append part) {
        if (part instanceof WriterTask) {
            take(part);
            takeHeld();
        } else if (held.letPass(part)) {
            take(part);
        } else if (writer.takesNothing()) {
            // It failed just now: nobody would come to let go what is held.
            takeHeld();
        }
    }

    private void takeHeld() {
        Append part;
        while ((part = held.poll(writer.takesNothing())) != null) {
            take(part);
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
