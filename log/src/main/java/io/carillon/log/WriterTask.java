package io.carillon.log;

import org.jspecify.annotations.Nullable;

/** Work that must not run while anything is being appended. Runs also when the log takes nothing more. */
final class WriterTask extends Append {
    private final Runnable work;

    WriterTask(Runnable work) {
        this.work = work;
    }

    @Override
    void complete(@Nullable Refusal outcome) {
        work.run();
    }
}
