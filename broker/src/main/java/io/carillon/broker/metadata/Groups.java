package io.carillon.broker.metadata;

import io.carillon.message.ConsumerGroup;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The consumer groups that exist. Any thread may call; a change is in force when its {@link Change} was told. */
public final class Groups {
    Groups() {}

    public @Nullable ConsumerGroup find(String name) {
        throw new IllegalStateException("skeleton");
    }

    public Collection<ConsumerGroup> all() {
        throw new IllegalStateException("skeleton");
    }

    public void put(ConsumerGroup group, Change change) {
        throw new IllegalStateException("skeleton");
    }

    /** Makes the group with default settings unless it exists; concurrent calls for one name share one entry. */
    public void createIfAbsent(String name, Change change) {
        throw new IllegalStateException("skeleton");
    }

    /** Deletes the group; with {@code withOffsets} also what it has consumed. */
    public void delete(String name, boolean withOffsets, Change change) {
        throw new IllegalStateException("skeleton");
    }

    public DataVersion version() {
        throw new IllegalStateException("skeleton");
    }
}
