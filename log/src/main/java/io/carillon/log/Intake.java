package io.carillon.log;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What brings appends into the log and the indexes: {@link LogWriter} where one process has the log for itself, {@link
 * Proposer} where it is one of several replicas.
 */
interface Intake {
    /** Takes a part of the log to be; its outcome is told to it. A {@link WriterTask} runs between two changes of the indexes. */
    void append(Append part);

    /** The log offset after the last entry that the indexes have. Any thread. */
    long indexedOffset();

    /** Why appends are refused for good, or null. Any thread. */
    @Nullable
    Refusal state();

    /** Refuses everything from now on: a write or a force failed. Any thread. */
    void fail();

    /** Refuses everything from now on: the log is being closed. Any thread. */
    void close();

    /** The place in the log up to which the indexes are; only inside a {@link WriterTask}. */
    LogEnd position();

    /** Whether something waits until a checkpoint was stored. Any thread. */
    boolean isHolding();

    /** About how much memory index entries take that no checkpoint has stored. Any thread. */
    long unstoredBytes();

    /** Lets go what waits, if enough was stored. Any thread. */
    void checkpointStored();

    /** Answers what waits, for nothing is taken any more. Any thread. */
    void letGo();

    /** Refuses the messages that wait: the disk has no room for a checkpoint. Any thread. */
    void refuseHeld();

    /** Runs when a segment was begun: whoever keeps spare files ready wants to know. */
    void onRoll(Runnable work);

    /** Told why the writer gave up, which is a fault of this program. */
    void onFault(Consumer<Throwable> told);
}
