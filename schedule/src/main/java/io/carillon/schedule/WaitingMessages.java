package io.carillon.schedule;

import io.carillon.base.Storage;
import io.carillon.log.MessageLog;

/**
 * FACE: the messages that wait, wherever they stand: in the log, or in files of their own once the log has dropped them.
 * Open for as long as the log is, whoever leads: every replica drops what is old, and keeps what it needs of it.
 */
public final class WaitingMessages implements AutoCloseable {
    private final ScheduleState state;
    private final KeptMessages kept;
    private final WaitingRecords records;

    private WaitingMessages(ScheduleState state, KeptMessages kept, WaitingRecords records) {
        this.state = state;
        this.kept = kept;
        this.records = records;
    }

    /**
     * Opens what is kept beside a log, and has the log tell before it drops messages. Before the log's agents run.
     *
     * @param storage the log's
     * @param state what has left, as the log says
     * @throws io.carillon.base.CarillonException.StorageFault when a file cannot be read
     */
    public static WaitingMessages open(Storage storage, MessageLog log, ScheduleState state) {
        KeptMessages kept = KeptMessages.open(storage, log, state);
        log.rescueBy(kept);
        return new WaitingMessages(state, kept, new WaitingRecords(log, kept));
    }

    ScheduleState state() {
        return state;
    }

    WaitingRecords records() {
        return records;
    }

    /** The bytes of the files of their own. */
    long keptBytes() {
        return kept.bytes();
    }

    /** Ends all reading; after the agents have stopped. Stores nothing. */
    @Override
    public void close() {
        kept.close();
    }
}
