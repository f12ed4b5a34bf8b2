package io.carillon.log;

import io.carillon.message.LightDispatch;
import io.carillon.message.TopicName;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which light queues a leader still lets messages into: not those whose topic is gone or about to be. What it decides
 * stands in the record, so that the other replicas need not know. See {@link LightQueues}, which does the same where one
 * process has the log for itself.
 */
final class LightTopics {
    private final LogListener listener;
    private final LightDispatch dispatch = new LightDispatch();
    /** How many deletions of a topic are proposed whose outcome is open. */
    private final Map<String, Integer> deletions = new ConcurrentHashMap<>();

    LightTopics(LogListener listener) {
        this.listener = listener;
    }

    /** Takes a record, in its own bytes, out of queues whose topic is gone, and of those that it names twice. */
    void close(MemorySegment bytes, long at) {
        if (!dispatch.read(bytes, at)) {
            return;
        }
        for (int i = 0; i < dispatch.count(); i++) {
            String name = name(bytes, i);
            if (deletions.containsKey(name) || !listener.hasTopic(name) || isNamedBefore(bytes, i, name)) {
                dispatch.stamp(i, LightDispatch.NOWHERE);
            }
        }
    }

    private boolean isNamedBefore(MemorySegment bytes, int i, String name) {
        for (int before = 0; before < i; before++) {
            if (name.equals(name(bytes, before))) {
                return true;
            }
        }
        return false;
    }

    private String name(MemorySegment bytes, int i) {
        return TopicQueues.read(bytes, dispatch.nameAt(i), dispatch.nameLength(i));
    }

    void deletionProposed(byte[] entry) {
        String topic = lightTopicOf(entry);
        if (topic != null) {
            deletions.merge(topic, 1, Integer::sum);
        }
    }

    /** It took effect, or nobody knows whether it will. Any thread. */
    void deletionEnded(byte[] entry) {
        String topic = lightTopicOf(entry);
        if (topic != null) {
            deletions.computeIfPresent(topic, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    private @Nullable String lightTopicOf(byte[] entry) {
        String topic = listener.deletedTopic(ByteBuffer.wrap(entry));
        return topic != null && TopicName.isLight(topic) ? topic : null;
    }
}
