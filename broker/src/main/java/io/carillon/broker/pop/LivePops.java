package io.carillon.broker.pop;

import io.carillon.base.delayqueue.Depth;
import io.carillon.broker.metadata.PopQueue;
import io.carillon.broker.metadata.PopState;
import io.carillon.log.ConsumeQueue;
import io.carillon.message.TopicName;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All queues that groups pop from, as they are at this moment. Any thread. */
final class LivePops implements PopState.Listener {
    private final Map<PopQueue.Key, LiveQueue> queues = new ConcurrentHashMap<>();
    private final AtomicInteger total = new AtomicInteger();
    private final Consumer<LiveQueue> onReset;

    /** @param onReset told on the log's path that somebody else has said where a group goes on */
    LivePops(Consumer<LiveQueue> onReset) {
        this.onReset = onReset;
    }

    /** Takes over what the log says. Before anybody pops. */
    void load(PopState state, Function<PopQueue.Key, @Nullable ConsumeQueue> queueOf) {
        for (PopQueue stored : state.queues()) {
            ConsumeQueue queue = queueOf.apply(stored.key());
            if (queue != null) {
                String topic = topicOf(stored.key());
                RetryKind kind = kindOf(stored.key(), topic);
                queues.put(stored.key(), LiveQueue.of(stored, topic, kind, queue, total));
            }
        }
    }

    /** The topic that consumers name when they pop from this queue. */
    private static String topicOf(PopQueue.Key key) {
        String v1 = TopicName.popRetryOf("", key.group());
        String v2 = TopicName.popRetryV2Of("", key.group());
        boolean isRetry = key.topic().startsWith(v1) || key.topic().startsWith(v2);
        return isRetry ? key.topic().substring(v1.length()) : key.topic();
    }

    private static RetryKind kindOf(PopQueue.Key key, String topic) {
        if (topic.length() == key.topic().length()) {
            return RetryKind.NONE;
        }
        return key.topic().equals(TopicName.popRetryOf(topic, key.group())) ? RetryKind.V1 : RetryKind.V2;
    }

    /** How many messages are in flight in all queues. */
    AtomicInteger total() {
        return total;
    }

    Collection<LiveQueue> all() {
        return queues.values();
    }

    @Nullable
    LiveQueue find(PopQueue.Key key) {
        return queues.get(key);
    }

    LiveQueue findOrMake(PopQueue.Key key, Function<PopQueue.Key, LiveQueue> make) {
        LiveQueue found = queues.get(key);
        return found != null ? found : queues.computeIfAbsent(key, make);
    }

    @Override
    public void onReset(PopQueue.Key key, long offset, long epoch) {
        LiveQueue queue = queues.get(key);
        if (queue != null) {
            queue.reset(offset, epoch);
            onReset.accept(queue);
        }
    }

    @Override
    public void onTopicGone(String topic) {
        removeIf(key -> key.topic().equals(topic));
    }

    @Override
    public void onGroupGone(String group) {
        removeIf(key -> key.group().equals(group));
    }

    /** Takes away one whose topic or group is gone already. */
    void remove(LiveQueue queue) {
        queue.gone();
        queues.remove(queue.key(), queue);
    }

    private void removeIf(Predicate<PopQueue.Key> isGone) {
        queues.forEach((key, queue) -> {
            if (isGone.test(key)) {
                remove(queue);
            }
        });
    }

    /** How many messages of a topic, those of its retries included, a group has in flight. */
    int inFlight(String group, String topic) {
        int sum = 0;
        for (LiveQueue queue : all()) {
            boolean isIt = queue.topic().equals(topic) && queue.key().group().equals(group);
            sum += isIt ? queue.count() : 0;
        }
        return sum;
    }

    /** How much the groups that have popped have, retries included. */
    Collection<Depth> depths() {
        Map<List<String>, Depth> depths = new HashMap<>();
        for (LiveQueue live : all()) {
            long first = Math.max(live.queue().offsetMin(), live.next());
            long ready = Math.max(0, live.queue().offsetMax() - first);
            Depth depth = new Depth(live.topic(), live.key().group(), ready, live.count());
            depths.merge(List.of(depth.topic(), depth.group()), depth, Depth::sum);
        }
        return depths.values();
    }

    /** The groups that have popped from a topic. */
    Set<String> groupsOf(String topic) {
        Set<String> groups = new TreeSet<>();
        for (LiveQueue queue : all()) {
            if (queue.topic().equals(topic)) {
                groups.add(queue.key().group());
            }
        }
        return groups;
    }

    /** The topics from which a group has popped. */
    Set<String> topicsOf(String group) {
        Set<String> topics = new TreeSet<>();
        for (LiveQueue queue : all()) {
            if (queue.key().group().equals(group)) {
                topics.add(queue.topic());
            }
        }
        return topics;
    }
}
