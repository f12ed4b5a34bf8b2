package io.carillon.schedule;

import io.carillon.log.ConsumeQueue;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** PORT: where a message goes when it is due. */
@FunctionalInterface
public interface Targets {
    /** The queue that the record at {@code at} names, or null when its topic takes nothing now. One thread at a time. */
    @Nullable
    ConsumeQueue of(MemorySegment bytes, long at);
}
