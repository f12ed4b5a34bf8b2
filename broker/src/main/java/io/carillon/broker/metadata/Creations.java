package io.carillon.broker.metadata;

import io.carillon.log.Refusal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Lets concurrent wishes for one name share one entry in the log. Any thread may call. */
final class Creations {
    private final Map<String, List<Change>> waiting = new HashMap<>();

    /**
     * Notes who waits for this name.
     *
     * @return whether the caller is the first and must write the entry
     */
    synchronized boolean join(String name, Change change) {
        List<Change> others = waiting.get(name);
        if (others != null) {
            others.add(change);
            return false;
        }
        waiting.put(name, new ArrayList<>(List.of(change)));
        return true;
    }

    /** Tells all who waited for this name. */
    void settle(String name, @Nullable Refusal refusal) {
        List<Change> told;
        synchronized (this) {
            told = waiting.remove(name);
        }
        if (told != null) {
            told.forEach(change -> change.done(refusal));
        }
    }
}
