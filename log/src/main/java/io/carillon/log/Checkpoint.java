package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.NotUnderstood;
import io.carillon.base.Storage;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the files beside the log surely contain, so that recovery replays only what comes after. Two sealed files: {@code
 * checkpoint} says up to where the indexes are stored, {@code metadata} holds the replicated state and the index of the
 * last entry in it.
 */
final class Checkpoint {
    static final String INDEX_FILE = "checkpoint";
    static final String STATE_FILE = "metadata";
    private static final int INDEXED_BYTES = 44;

    private final SealedFile indexFile;
    private final SealedFile stateFile;

    Checkpoint(Storage storage) {
        indexFile = new SealedFile(storage, INDEX_FILE);
        stateFile = new SealedFile(storage, STATE_FILE);
    }

    /**
     * @param end up to where the indexes are stored
     * @param epoch how often the consume queues had been stored by then
     * @param keysTo the place of the last message whose keys are stored
     */
    record Indexed(LogEnd end, int epoch, long keysTo) {}

    void writeIndexed(Indexed indexed) {
        LogEnd end = indexed.end();
        ByteBuffer content = ByteBuffer.allocate(INDEXED_BYTES);
        content.putLong(end.offset())
                .putLong(end.nextIndex())
                .putLong(end.term())
                .putLong(end.timestampMs());
        indexFile.write(
                content.putInt(indexed.epoch()).putLong(indexed.keysTo()).flip());
    }

    /** Forgets what the index files hold; durable when this returns. */
    void discardIndexed() {
        indexFile.delete();
    }

    /** What the index files hold; null when that is not known and they must be built anew. */
    @Nullable
    Indexed readIndexed() {
        try {
            ByteBuffer content = indexFile.read();
            if (content == null || content.remaining() != INDEXED_BYTES) {
                return null;
            }
            LogEnd end = new LogEnd(content.getLong(), content.getLong(), content.getLong(), content.getLong());
            return new Indexed(end, content.getInt(), content.getLong());
        } catch (Corrupt | NotUnderstood unreadable) {
            return null; // all that it tells can be found again by reading the whole log
        }
    }

    /**
     * @param index the last entry that the state contains
     * @param bytes the replicated state
     * @param from a place in the log such that every entry after {@code index} stands behind it
     */
    record State(long index, ByteBuffer bytes, LogEnd from) {}

    void writeState(State state) {
        ByteBuffer bytes = state.bytes();
        ByteBuffer content = ByteBuffer.allocate(40 + bytes.remaining());
        content.putLong(state.index())
                .putLong(state.from().offset())
                .putLong(state.from().nextIndex());
        content.putLong(state.from().term()).putLong(state.from().timestampMs()).put(bytes);
        stateFile.write(content.flip());
    }

    /** @throws Corrupt when the file is damaged: the state cannot be found again once the log's beginning is gone */
    @Nullable
    State readState() {
        ByteBuffer content = stateFile.read();
        if (content == null) {
            return null;
        }
        if (content.remaining() < 40) {
            throw new Corrupt("file=" + STATE_FILE + " offset=20: only " + content.remaining() + " bytes");
        }
        long index = content.getLong();
        LogEnd from = new LogEnd(content.getLong(), content.getLong(), content.getLong(), content.getLong());
        return new State(index, content.slice(), from);
    }
}
