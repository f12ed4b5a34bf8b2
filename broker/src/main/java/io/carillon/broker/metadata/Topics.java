package io.carillon.broker.metadata;

import io.carillon.message.Topic;
import java.util.Collection;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The topics that exist. Any thread may call; a change is in force when its {@link Change} was told. */
public final class Topics {
    Topics() {}

    public @Nullable TopicState find(String name) {
        throw new IllegalStateException("skeleton");
    }

    /** Finds without making a string: the first {@code length} bytes of {@code name} are the topic's name. */
    public @Nullable TopicState find(byte[] name, int length) {
        throw new IllegalStateException("skeleton");
    }

    /** All topics, in no order. */
    public Collection<TopicState> all() {
        throw new IllegalStateException("skeleton");
    }

    /** Makes the topic, or replaces the settings of the one of that name. Messages and offsets stay. */
    public void put(Topic topic, Change change) {
        throw new IllegalStateException("skeleton");
    }

    /**
     * Makes the topic that a first send asks for, after a template; when it exists by the time this is applied, nothing
     * changes. Concurrent calls for one name share one entry in the log.
     */
    public void createIfAbsent(Topic topic, Change change) {
        throw new IllegalStateException("skeleton");
    }

    /** Deletes the topic, its queues and the offsets of groups in it. */
    public void delete(String name, Change change) {
        throw new IllegalStateException("skeleton");
    }

    public DataVersion version() {
        throw new IllegalStateException("skeleton");
    }

    /** Calls back, on the log's path, with the name of each topic that was made, changed or deleted. Must be quick. */
    public void onChange(Consumer<String> listener) {
        throw new IllegalStateException("skeleton");
    }
}
