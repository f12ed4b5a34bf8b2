package io.carillon.broker.consume;

import io.carillon.broker.filter.MessageFilter;
import io.carillon.broker.filter.RecordProperties;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.QueueEntries;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which ranges of the log answer a pull. Neighbours in the log are one range. Filled by {@link PullService#look} and
 * reused; one thread at a time.
 */
public final class PullPlan {
    /** So many entries of a queue are looked at together. */
    static final int ENTRIES = 64;

    final QueueEntries entries;
    final RecordProperties properties = new RecordProperties();
    /** How many bytes of properties were walked over for this read, about. */
    long work;

    private long[] logOffsets = new long[8];
    private int[] sizes = new int[8];
    private long[] queueOffsets = new long[8];
    private int ranges;
    private int messages;
    private int bytes;
    private @Nullable ConsumeQueue queue;
    private MessageFilter filter = MessageFilter.ALL;

    public PullPlan() {
        this(ENTRIES);
    }

    private PullPlan(int entries) {
        this.entries = new QueueEntries(entries);
    }

    /** The queue that was looked at last. */
    public ConsumeQueue queue() {
        return Objects.requireNonNull(queue, "nothing was looked at");
    }

    /** What the consumer wants of that queue. */
    public MessageFilter filter() {
        return filter;
    }

    void at(ConsumeQueue queue, MessageFilter filter) {
        this.queue = queue;
        this.filter = filter;
    }

    /** How many bytes the messages have together. */
    public int bytes() {
        return bytes;
    }

    int messages() {
        return messages;
    }

    int ranges() {
        return ranges;
    }

    long logOffset(int range) {
        return logOffsets[range];
    }

    int size(int range) {
        return sizes[range];
    }

    /** The queue offset of the range's first message. */
    long queueOffset(int range) {
        return queueOffsets[range];
    }

    void clear() {
        ranges = 0;
        messages = 0;
        bytes = 0;
        work = 0;
    }

    void add(long queueOffset, long logOffset, int size) {
        int last = ranges - 1;
        if (last >= 0 && logOffsets[last] + sizes[last] == logOffset) {
            sizes[last] += size;
        } else {
            if (ranges == sizes.length) {
                grow();
            }
            logOffsets[ranges] = logOffset;
            sizes[ranges] = size;
            queueOffsets[ranges++] = queueOffset;
        }
        messages++;
        bytes += size;
    }

    /** Leaves only the ranges before this one. How many messages are left is not known then. */
    void cut(int range) {
        for (int i = range; i < ranges; i++) {
            bytes -= sizes[i];
        }
        ranges = range;
    }

    private void grow() {
        int length = 2 * ranges;
        logOffsets = Arrays.copyOf(logOffsets, length);
        sizes = Arrays.copyOf(sizes, length);
        queueOffsets = Arrays.copyOf(queueOffsets, length);
    }

    /** A plan of the same ranges that lives on when this one is used again. */
    PullPlan copy() {
        PullPlan copy = new PullPlan(0);
        copy.logOffsets = Arrays.copyOf(logOffsets, Math.max(1, ranges));
        copy.sizes = Arrays.copyOf(sizes, Math.max(1, ranges));
        copy.queueOffsets = Arrays.copyOf(queueOffsets, Math.max(1, ranges));
        copy.ranges = ranges;
        copy.messages = messages;
        copy.bytes = bytes;
        copy.queue = queue;
        copy.filter = filter;
        return copy;
    }
}
