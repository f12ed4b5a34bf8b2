package io.carillon.log;

import org.jspecify.annotations.Nullable;

/** A change to the replicated state on its way into the log. */
final class MetadataAppend extends Append {
    private final byte[] entry;
    private final MessageLog.MetadataCompletion completion;
    private long index;
    private long end;
    private @Nullable ConsumeQueue deleted;

    MetadataAppend(byte[] entry, MessageLog.MetadataCompletion completion) {
        this.entry = entry;
        this.completion = completion;
    }

    byte[] entry() {
        return entry;
    }

    void place(long atIndex, long endsAt) {
        index = atIndex;
        end = endsAt;
    }

    long index() {
        return index;
    }

    /** The log offset after the entry. */
    long end() {
        return end;
    }

    /** The light queue whose topic the entry deletes. */
    void deletes(ConsumeQueue queue) {
        deleted = queue;
    }

    @Nullable
    ConsumeQueue deleted() {
        return deleted;
    }

    @Override
    void complete(@Nullable Refusal outcome) {
        completion.done(outcome);
    }
}
