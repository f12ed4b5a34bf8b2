package io.carillon.replication;

import org.jspecify.annotations.Nullable;

/** PORT: told what this replica is in its group; by one thread at a time, which must not be held up. */
public interface RoleListener {
    /**
     * It leads, in this term; all before it took effect.
     *
     * @param open lets the log take what is appended, from any thread, unless it leads no more by then: to be run when nothing
     *     of an earlier term appends any more
     */
    void leads(long term, Runnable open);

    /** It leads no more. */
    void follows();

    /**
     * It hears of another one that leads.
     *
     * @param leader that one's address; null when it is not known any more who leads
     */
    default void hears(@Nullable String leader) {}

    /** Hears the Raft library while that is started, from now on: by the thread that starts it. */
    default LibraryErrors libraryErrors() {
        return LibraryErrors.NONE;
    }

    /** It takes part no more until it is started again. */
    void failed();

    /**
     * Its log is replaced when it is opened the next time: the group and the log must be closed, and both opened again, or the
     * process started again. Told by an agent's thread, which may be held up, but must not close the group itself.
     */
    default void reopen(String why) {}
}
