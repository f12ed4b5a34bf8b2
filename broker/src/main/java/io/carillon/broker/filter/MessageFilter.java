package io.carillon.broker.filter;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which messages a subscription wants. Unchanging, made once for a subscription, and shared by all threads.
 *
 * <p>It is asked in two steps. The consume queue's entry, which is at hand anyway, is enough for {@link #tags}; only if
 * that lets the message through and there is a {@link #record} part are the message's properties read, which lie in the
 * log. So a filter by tags alone never touches the log.
 *
 * @param tags decides by the tag hash in the entry; lets everything through when an expression is all that counts
 * @param record decides by the message's properties, or null when the entry is enough
 */
public record MessageFilter(TagFilter tags, @Nullable RecordFilter record) {
    public static final MessageFilter ALL = new MessageFilter(TagFilter.ALL, null);

    public MessageFilter {
        Objects.requireNonNull(tags);
    }

    /** A filter by tags alone. */
    public static MessageFilter of(TagFilter tags) {
        return tags.isForAll() ? ALL : new MessageFilter(tags, null);
    }

    /** A filter by properties alone. */
    public static MessageFilter of(RecordFilter record) {
        return new MessageFilter(TagFilter.ALL, Objects.requireNonNull(record));
    }

    /** Whether everything is wanted, so that neither entries nor properties need to be looked at. */
    public boolean isForAll() {
        return record == null && tags.isForAll();
    }

    /** Whether the message's properties must be read once the tags have let it through. */
    public boolean needsRecord() {
        return record != null;
    }
}
