package io.carillon.broker.metadata;

import io.carillon.log.Refusal;
import io.carillon.message.LightDispatch;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The topics of light queues: each has one queue, to which messages of other topics are dispatched that name it. They
 * are topics like others, so that whoever reads, resets, deletes or may do so needs nothing of its own; they are made at
 * their first use, up to a bound. Any thread.
 */
public final class LightTopics {
    private final Topics topics;
    private volatile int countMax;
    /** Those that are being made: they are not among the topics yet. */
    private final AtomicInteger making = new AtomicInteger();

    /** @param countMax how many there may be; 0 switches dispatching off */
    public LightTopics(Topics topics, int countMax) {
        this.topics = topics;
        this.countMax = countMax;
    }

    /** As the constructor says, for what is made and dispatched from now on. */
    public void countMax(int newCountMax) {
        countMax = newCountMax;
    }

    public boolean isOn() {
        return countMax > 0;
    }

    /** What is wrong with the names that a message brings, as a sentence for its sender; null when they are fine. */
    public static @Nullable String faultOf(List<String> names) {
        if (names.size() > LightDispatch.QUEUES_MAX) {
            return LightDispatch.NAMES + " names " + names.size() + " queues, a message goes to "
                    + LightDispatch.QUEUES_MAX + " at most";
        }
        Set<String> seen = new HashSet<>();
        for (String name : names) {
            if (!isName(name)) {
                return LightDispatch.NAMES + " names '" + name + "': a light queue's name is " + TopicName.LIGHT_PREFIX
                        + " and at least one character of a topic's name, and several are separated by commas";
            }
            if (!seen.add(name)) {
                return LightDispatch.NAMES + " names " + name + " twice";
            }
        }
        return null;
    }

    /** Whether a topic of this name would be that of a light queue. */
    public static boolean isName(String name) {
        return TopicName.isLight(name)
                && name.length() > TopicName.LIGHT_PREFIX.length()
                && TopicName.faultOf(name).isEmpty();
    }

    /** Those of the names that do not exist yet. */
    public List<String> missing(List<String> names) {
        List<String> missing = new ArrayList<>();
        for (String name : names) {
            if (topics.find(name) == null) {
                missing.add(name);
            }
        }
        return missing;
    }

    /** Why more cannot be made, as a sentence for the client. */
    public String fullText() {
        return "there are as many light queues as there may be, " + countMax + ": delete topics whose names begin with "
                + TopicName.LIGHT_PREFIX + ", or raise broker.light-queues-max";
    }

    /**
     * Makes those that do not exist.
     *
     * @param names each one {@link #isName}
     * @return false when there is no room for them: nothing was begun then, and nothing will be told
     */
    public boolean make(List<String> names, Change change) {
        int count = names.size();
        // In this order: one that is made meanwhile is counted twice rather than not at all.
        int begun = making.addAndGet(count);
        if (topics.lightCount() + begun > countMax) {
            making.addAndGet(-count);
            return false;
        }
        AtomicInteger left = new AtomicInteger(count);
        Refusal[] refused = new Refusal[1];
        for (String name : names) {
            topics.createIfAbsent(Topic.of(name, 1), refusal -> {
                making.decrementAndGet();
                if (refusal != null) {
                    refused[0] = refusal;
                }
                if (left.decrementAndGet() == 0) {
                    change.done(refused[0]);
                }
            });
        }
        return true;
    }
}
