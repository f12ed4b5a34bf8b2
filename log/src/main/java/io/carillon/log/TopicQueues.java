package io.carillon.log;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The queues of one topic, sorted by number. Any thread may look; making one takes the monitor. */
final class TopicQueues {
    private final String topic;
    private final byte[] utf8;
    private volatile ConsumeQueue[] queues = new ConsumeQueue[0];
    private volatile boolean isDropped;

    TopicQueues(String topic) {
        this.topic = topic;
        utf8 = topic.getBytes(StandardCharsets.UTF_8);
    }

    boolean isDropped() {
        return isDropped;
    }

    boolean isNamed(MemorySegment bytes, long at, int length) {
        return length == utf8.length
                && MemorySegment.mismatch(bytes, at, at + length, MemorySegment.ofArray(utf8), 0, length) < 0;
    }

    static String read(MemorySegment bytes, long at, int length) {
        byte[] copy = new byte[length];
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, copy, 0, length);
        return new String(copy, StandardCharsets.UTF_8);
    }

    @Nullable
    ConsumeQueue find(int number) {
        ConsumeQueue[] sorted = queues;
        if (number >= 0 && number < sorted.length && sorted[number].number() == number) {
            return sorted[number];
        }
        int place = place(sorted, number);
        return place < sorted.length && sorted[place].number() == number ? sorted[place] : null;
    }

    /**
     * The queue of this number, made when there is none; null when the topic was dropped meanwhile.
     *
     * @param start the offset of the first message of a queue that is made
     */
    synchronized @Nullable ConsumeQueue findOrMake(int number, long start, IndexBlocks blocks) {
        if (isDropped) {
            return null;
        }
        ConsumeQueue found = find(number);
        if (found != null) {
            return found;
        }
        ConsumeQueue made = new ConsumeQueue(topic, number, blocks);
        made.startAt(start);
        ConsumeQueue[] sorted = queues;
        int place = place(sorted, number);
        ConsumeQueue[] more = Arrays.copyOf(sorted, sorted.length + 1);
        System.arraycopy(sorted, place, more, place + 1, sorted.length - place);
        more[place] = made;
        queues = more;
        return made;
    }

    private static int place(ConsumeQueue[] sorted, int number) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int mid = (low + high) >>> 1;
            if (sorted[mid].number() < number) {
                low = mid + 1;
            } else {
                high = mid;
            }
        }
        return low;
    }

    List<ConsumeQueue> all() {
        return List.of(queues);
    }

    synchronized List<ConsumeQueue> drop() {
        isDropped = true;
        List<ConsumeQueue> all = List.of(queues);
        all.forEach(ConsumeQueue::drop);
        return all;
    }
}
