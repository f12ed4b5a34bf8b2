package io.carillon.broker.metadata;

import io.carillon.base.Agent;
import java.util.Map;
import java.util.Set;

/**
 * How far each group has consumed each queue. A commit counts at once for this broker and is written to the log at most
 * once per 100 ms and group; what somebody was told is always durable (promise P5). Any thread may call.
 */
public final class Offsets implements Agent {
    Offsets() {}

    /** The offset that was committed last, durable or not; -1 when there is none. For the broker's own decisions. */
    public long current(String group, String topic, int queue) {
        throw new IllegalStateException("skeleton");
    }

    /** Told once, any thread. */
    @FunctionalInterface
    public interface Answer {
        /** @param offset -1 when nothing is committed */
        void done(long offset);
    }

    /** Tells the committed offset once it is durable, so that nobody ever sees it go back. */
    public void query(String group, String topic, int queue, Answer answer) {
        throw new IllegalStateException("skeleton");
    }

    /** Commits; durable soon. Any value is accepted, also a smaller one: consumers are reset that way. */
    public void commit(String group, String topic, int queue, long offset) {
        throw new IllegalStateException("skeleton");
    }

    /** Commits, and tells when it is durable. */
    public void commit(String group, String topic, int queue, long offset, Change change) {
        throw new IllegalStateException("skeleton");
    }

    /** All committed offsets of a group by topic and queue number. */
    public Map<String, Map<Integer, Long>> of(String group) {
        throw new IllegalStateException("skeleton");
    }

    /** The groups that have committed offsets in a topic. */
    public Set<String> groupsOf(String topic) {
        throw new IllegalStateException("skeleton");
    }

    @Override
    public int doWork() {
        throw new IllegalStateException("skeleton");
    }

    @Override
    public long restNs() {
        throw new IllegalStateException("skeleton");
    }

    @Override
    public String name() {
        return "offsets";
    }
}
