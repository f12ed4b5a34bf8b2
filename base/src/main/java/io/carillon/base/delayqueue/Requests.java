package io.carillon.base.delayqueue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What questions to a {@link DelayEngine} consist of. */
public final class Requests {
    /** For a release: after what the retry policy says. */
    public static final long BY_POLICY = -1;

    /** For a visibility time: what the group says, or else the engine. */
    public static final long BY_GROUP = 0;

    private Requests() {}

    /** A group of a topic. Where a question does not depend on a group, that may be empty. */
    public record Where(String topic, String group) {}

    /**
     * @param max how many messages at most
     * @param waitMs how long to wait when there are none; 0 for not at all
     * @param visibilityMs for how long the receiver has them; {@link #BY_GROUP} leaves that to the group
     * @param tags only messages with one of these tags; empty for all. What has another tag is passed over for this group
     *     for good.
     */
    public record Pull(Where where, int max, long waitMs, long visibilityMs, List<String> tags) {
        public Pull {
            tags = List.copyOf(tags);
        }
    }

    /**
     * A part of a list.
     *
     * @param token where to go on, as {@link Found#next} had it; empty for the beginning
     */
    public record Page(String token, int max) {}

    /**
     * @param topic only of this topic; empty for all
     * @param group in the state that this group sees; empty for any
     * @param key only with this key; empty for all
     * @param state only in this state; null for those that the engine can list
     * @param fromMs due at this time or later
     * @param toMs due before this time
     */
    public record Search(
            String topic,
            String group,
            String key,
            @Nullable MessageState state,
            long fromMs,
            long toMs,
            Page page) {}

    public record DeadLetters(Where where, Page page) {}

    /**
     * @param ids those; empty for as many as {@code max}, the oldest first
     */
    public record Redrive(Where where, List<String> ids, int max) {
        public Redrive {
            ids = List.copyOf(ids);
        }
    }
}
