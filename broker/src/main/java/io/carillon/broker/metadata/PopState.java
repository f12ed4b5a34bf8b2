package io.carillon.broker.metadata;

import io.carillon.base.Ticker;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which messages are in flight: handed out by pop, and neither settled nor visible again. A function of the log alone.
 *
 * <p>How far a group has come in a queue follows from it: everything before the oldest message in flight. The committed
 * offset is changed with it, in one entry. The other way round, whoever commits another offset (an admin's reset, a
 * consumer that pulls) says that the group goes on there: then nothing is in flight any more.
 *
 * <p>Used on the log's path alone, but for {@link #queues} before the broker serves.
 */
public final class PopState {
    static final int SAME_GROUP = 1;
    static final int SAME_TOPIC = 2;
    static final int ORDERED = 1;
    static final int ATTEMPT = 2;
    static final int ONLY_GONE = 4;

    /** A run is no longer than anybody may pop at once, however often such runs are joined. */
    private static final int RUN_MAX = 1 << 24;

    /** Told on the log's path of what changed without having been asked for by popping; must be quick. */
    public interface Listener {
        /** The group goes on at this offset, and nothing of the queue is in flight any more. */
        void onReset(PopQueue.Key key, long offset, long epoch);

        /** The topic is gone. */
        void onTopicGone(String topic);

        /** The group is gone. */
        void onGroupGone(String group);
    }

    private static final Listener NOBODY = new Listener() {
        @Override
        public void onReset(PopQueue.Key key, long offset, long epoch) {}

        @Override
        public void onTopicGone(String topic) {}

        @Override
        public void onGroupGone(String group) {}
    };

    private final Map<PopQueue.Key, PopQueue> queues = new HashMap<>();
    private final Ticker ticker;
    private volatile Listener listener = NOBODY;

    PopState(Ticker ticker) {
        this.ticker = ticker;
    }

    /** All queues that anybody popped from. Before anything is applied beside it. */
    public Collection<PopQueue> queues() {
        return queues.values();
    }

    /** Who is told from now on; one at a time. */
    public void onChange(Listener told) {
        listener = told;
    }

    void forgetListener() {
        listener = NOBODY;
    }

    /** The entry of the log that makes this change. */
    public byte[] entry(PopChange change) {
        return CommandCodec.encode(new Command.ChangePops(ticker.nowMs(), ByteBuffer.wrap(change.bytes())));
    }

    /** What was on its way when its topic or group was deleted is nothing. */
    void apply(Command.ChangePops change, Topics topics, Groups groups, Offsets offsets) {
        ByteReader from = new ByteReader(change.change(), "pop change");
        String group = "";
        String topic = "";
        while (from.remaining() > 0) {
            int same = from.readByte();
            group = (same & SAME_GROUP) == 0 ? CommandCodec.readGroupName(from) : group;
            topic = (same & SAME_TOPIC) == 0 ? CommandCodec.readTopicName(from) : topic;
            if (group.isEmpty() || topic.isEmpty() || same > (SAME_GROUP | SAME_TOPIC)) {
                throw from.fault("a queue names no group or no topic");
            }
            PopQueue.Key key = new PopQueue.Key(group, topic, from.readSmall(Names.QUEUES_MAX));
            PopQueue queue = queues.get(key);
            PopQueue read = read(from, key, queue);
            if (read != null && topics.find(topic) != null && groups.find(group) != null) {
                queues.put(key, read);
                offsets.apply(group, topic, key.queue(), read.committed(), change.timestampMs());
            }
        }
    }

    /**
     * What is said with a higher epoch than the known one is of a topic or group that was deleted and made again: it
     * starts from nothing.
     *
     * @return the queue as it is now, or null when what is said of it was decided before somebody reset it
     */
    private static @Nullable PopQueue read(ByteReader from, PopQueue.Key key, @Nullable PopQueue known) {
        long epoch = from.readVar();
        long next = from.readVar();
        int flags = from.readByte();
        String attemptId = (flags & ATTEMPT) != 0 ? from.readText() : null;
        boolean isLate = known != null && epoch < known.epoch;
        boolean isKnown = known != null && epoch == known.epoch;
        PopQueue queue = isKnown && known != null ? known : new PopQueue(key);
        boolean isOnlyGone = (flags & ONLY_GONE) != 0;
        if (!isOnlyGone) {
            queue.epoch = epoch;
            queue.next = next;
            queue.isOrdered = (flags & ORDERED) != 0;
            queue.attemptId = attemptId;
        }
        readGone(from, queue.inFlight);
        readThere(from, queue.inFlight);
        return isLate || (isOnlyGone && !isKnown) ? null : queue;
    }

    private static void readGone(ByteReader from, InFlight inFlight) {
        int runs = from.readCount();
        for (int r = 0; r < runs; r++) {
            long first = from.readVar();
            long end = first + from.readSmall(RUN_MAX);
            int i = inFlight.indexOf(first);
            i = i < 0 ? -1 - i : i;
            while (i < inFlight.count() && inFlight.offset(i) < end) {
                inFlight.removeAt(i);
            }
        }
    }

    private static void readThere(ByteReader from, InFlight inFlight) {
        int runs = from.readCount();
        for (int r = 0; r < runs; r++) {
            long first = from.readVar();
            int length = from.readSmall(RUN_MAX);
            long poppedMs = from.readLong();
            long visibleMs = from.readLong();
            int tries = (int) from.readVar();
            boolean isAcked = from.readBoolean();
            for (int i = 0; i < length; i++) {
                inFlight.put(first + i, poppedMs, visibleMs, tries, isAcked);
            }
        }
    }

    /** Somebody else than popping has said how far a group is. */
    void moved(Command.Commit commit) {
        PopQueue queue = find(commit);
        if (queue != null && queue.committed() != commit.offset()) {
            reset(queue, commit.offset());
        }
    }

    /**
     * An administrator wants a group to go on from there: also when that is how far it is, since what is in flight or
     * was settled behind it is to be handed out again.
     */
    void reset(Command.Commit wanted) {
        PopQueue queue = find(wanted);
        if (queue != null) {
            reset(queue, wanted.offset());
        }
    }

    private @Nullable PopQueue find(Command.Commit of) {
        return queues.isEmpty() ? null : queues.get(new PopQueue.Key(of.group(), of.topic(), of.queue()));
    }

    private void reset(PopQueue queue, long offset) {
        queue.reset(Math.max(0, offset));
        listener.onReset(queue.key(), queue.next, queue.epoch);
    }

    void removeTopic(String topic) {
        queues.keySet().removeIf(key -> key.topic().equals(topic));
        listener.onTopicGone(topic);
    }

    void removeGroup(String group) {
        queues.keySet().removeIf(key -> key.group().equals(group));
        listener.onGroupGone(group);
    }

    /** The same bytes as a change that makes all of it; sorted, so that equal states make equal snapshots. */
    void snapshot(ByteWriter to) {
        PopChange all = new PopChange();
        new TreeMap<>(queues).values().forEach(all::whole);
        to.putBytes(all.bytes());
    }

    void restore(ByteReader from) {
        ByteReader all = new ByteReader(ByteBuffer.wrap(from.readBytes()), "what is in flight");
        String group = "";
        String topic = "";
        while (all.remaining() > 0) {
            int same = all.readByte();
            group = (same & SAME_GROUP) == 0 ? CommandCodec.readGroupName(all) : group;
            topic = (same & SAME_TOPIC) == 0 ? CommandCodec.readTopicName(all) : topic;
            PopQueue.Key key = new PopQueue.Key(group, topic, all.readSmall(Names.QUEUES_MAX));
            PopQueue queue = read(all, key, null);
            if (queue != null) {
                queues.put(key, queue);
            }
        }
    }
}
