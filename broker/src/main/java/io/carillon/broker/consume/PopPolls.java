package io.carillon.broker.consume;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import io.carillon.log.ConsumeQueue;
import io.carillon.message.TopicName;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Consumers that popped nothing, woken by the append itself. A message wakes one consumer of each group that waits for
 * its topic, the one that has waited longest; when that leaves something, it wakes the next one. Nothing is scanned.
 *
 * <p>No message is overlooked: a poll is entered first and its owner looks again after that, while the log moves the
 * queue's end first and looks for polls after that.
 */
public final class PopPolls implements Agent {
    private final Ticker ticker;
    private volatile int countMax;
    private volatile int groupMax;
    private volatile long waitMaxMs;
    private final AtomicInteger count = new AtomicInteger();
    private final Map<String, Map<String, Line>> topics = new ConcurrentHashMap<>();
    /** The same lines by the names of the topics that a group's retries go to. */
    private final Map<String, Line> retries = new ConcurrentHashMap<>();

    private final DeadlineWheel wheel = new DeadlineWheel();
    private volatile boolean isStopped;
    private volatile Runnable waker = () -> {};

    /** Those of one group that wait for one topic. */
    private static final class Line {
        private final ArrayDeque<PopPoll> polls = new ArrayDeque<>();
        /** The topic or the group was deleted: nobody would find a poll here. */
        private boolean isGone;

        synchronized List<PopPoll> end() {
            isGone = true;
            return takeAll();
        }

        synchronized boolean isGone() {
            return isGone;
        }

        synchronized boolean add(PopPoll poll, int max) {
            if (isGone) {
                return false;
            }
            if (polls.size() >= max) {
                polls.removeIf(one -> one.isClaimed() || !one.isAlive());
            }
            return polls.size() < max && polls.add(poll);
        }

        synchronized void remove(PopPoll poll) {
            polls.remove(poll);
        }

        /** Those to wake: all that only want to know, and the first that takes and is alive; dead ones go. */
        synchronized List<PopPoll> takeFor(int queue) {
            if (polls.isEmpty()) {
                return List.of(); // the usual case while messages come in faster than they are popped
            }
            List<PopPoll> taken = new ArrayList<>(1);
            boolean hasTaker = false;
            for (var all = polls.iterator(); all.hasNext(); ) {
                PopPoll poll = all.next();
                boolean isFor = queue < 0 || poll.queue < 0 || poll.queue == queue;
                if (!poll.isAlive() || (isFor && (poll.isNotice || !hasTaker))) {
                    hasTaker |= poll.isAlive() && !poll.isNotice;
                    all.remove();
                    taken.add(poll);
                }
            }
            return taken;
        }

        synchronized List<PopPoll> takeAll() {
            List<PopPoll> taken = new ArrayList<>(polls);
            polls.clear();
            return taken;
        }

        synchronized int size() {
            return polls.size();
        }
    }

    /**
     * @param countMax how many may wait at once
     * @param groupMax how many of one group may wait for one topic
     * @param waitMaxMs how long one may wait at most
     */
    public PopPolls(Ticker ticker, int countMax, int groupMax, long waitMaxMs) {
        this.ticker = ticker;
        this.countMax = countMax;
        this.groupMax = groupMax;
        this.waitMaxMs = waitMaxMs;
    }

    /** As the constructor says; for those that come from now on. Any thread. */
    public void limits(int newCountMax, int newGroupMax, long newWaitMaxMs) {
        countMax = newCountMax;
        groupMax = newGroupMax;
        waitMaxMs = newWaitMaxMs;
    }

    /** How many of a group wait for a topic. */
    public int count(String topic, String group) {
        Map<String, Line> groups = topics.get(topic);
        Line line = groups == null ? null : groups.get(group);
        return line == null ? 0 : line.size();
    }

    /**
     * Lets a consumer wait. It must look again afterwards, and {@link #drop} the poll when there is something now.
     *
     * @return false when too many wait, or nobody may any more
     */
    public boolean park(PopPoll poll, long waitMs) {
        if (count.incrementAndGet() > countMax || isStopped || !enter(poll)) {
            count.decrementAndGet();
            return false;
        }
        long nowNs = ticker.nanoTime();
        if (wheel.add(poll, nowNs + TimeUnit.MILLISECONDS.toNanos(Math.min(waitMs, waitMaxMs)), nowNs)) {
            waker.run();
        }
        // Pairs with the fence in LongPolls.onReadable, and with that of stop: one of the two sides sees the other.
        VarHandle.fullFence();
        return !isStopped || !drop(poll);
    }

    private boolean enter(PopPoll poll) {
        Line line = line(poll);
        while (!line.add(poll, groupMax)) {
            if (!line.isGone()) {
                return false;
            }
            line = line(poll); // the topic or the group was deleted just now, and may be there again
        }
        return true;
    }

    private void leave(PopPoll poll) {
        Map<String, Line> groups = topics.get(poll.topic);
        Line line = groups == null ? null : groups.get(poll.group);
        if (line != null) {
            line.remove(poll);
        }
    }

    private Line line(PopPoll poll) {
        Map<String, Line> groups = topics.get(poll.topic);
        Line line = groups == null ? null : groups.get(poll.group);
        return line != null ? line : makeLine(poll.topic, poll.group);
    }

    /** Under the map's own lock, which {@link #onTopicDeleted} and {@link #onGroupDeleted} take, too: a line is in both maps or in neither. */
    private Line makeLine(String topic, String group) {
        Line[] made = new Line[1];
        topics.compute(topic, (_, known) -> {
            Map<String, Line> groups = known == null ? new ConcurrentHashMap<>() : known;
            made[0] = groups.computeIfAbsent(group, _ -> new Line());
            retries.put(TopicName.popRetryOf(topic, group), made[0]);
            retries.put(TopicName.popRetryV2Of(topic, group), made[0]);
            return groups;
        });
        return made[0];
    }

    /** Ends a wait without resuming the consumer; false when it was ended before. Any thread. */
    public boolean drop(PopPoll poll) {
        if (!poll.claim()) {
            return false;
        }
        leave(poll);
        wheel.remove(poll);
        count.decrementAndGet();
        return true;
    }

    /**
     * Messages of this queue became readable. On the log's path, after the queue's end moved and {@link
     * LongPolls#onReadable} was told, whose fence serves for both.
     */
    public void onReadable(ConsumeQueue queue) {
        if (count.get() == 0) {
            return;
        }
        Map<String, Line> groups = topics.get(queue.topic());
        if (groups != null) {
            groups.values().forEach(line -> resume(line.takeFor(queue.number())));
        }
        Line ofRetry = retries.get(queue.topic());
        if (ofRetry != null) {
            resume(ofRetry.takeFor(-1));
        }
    }

    /** There may be something for this group in a topic, or in the topic of its retries; -1 for any queue. */
    public void wake(String topic, String group, int queue) {
        Line line = find(topic, group);
        if (line != null) {
            resume(line.takeFor(queue));
        }
    }

    private @Nullable Line find(String topic, String group) {
        Map<String, Line> groups = topics.get(topic);
        Line line = groups == null ? null : groups.get(group);
        return line == null ? retries.get(topic) : line;
    }

    /** Resumes all who wait for this topic, which was deleted, and keeps nothing of it. */
    public void onTopicDeleted(String topic) {
        List<PopPoll> waiting = new ArrayList<>();
        topics.computeIfPresent(topic, (_, groups) -> {
            groups.forEach((group, line) -> waiting.addAll(end(topic, group, line)));
            return null;
        });
        resume(waiting);
    }

    /** Resumes all who wait for this group, which was deleted, and keeps nothing of it. */
    public void onGroupDeleted(String group) {
        List<PopPoll> waiting = new ArrayList<>();
        topics.forEach((topic, known) -> {
            if (known.containsKey(group)) {
                waiting.addAll(endOne(topic, group));
            }
        });
        resume(waiting);
    }

    private List<PopPoll> endOne(String topic, String group) {
        List<PopPoll> waiting = new ArrayList<>();
        topics.computeIfPresent(topic, (_, groups) -> {
            Line line = groups.remove(group);
            if (line != null) {
                waiting.addAll(end(topic, group, line));
            }
            return groups.isEmpty() ? null : groups;
        });
        return waiting;
    }

    private List<PopPoll> end(String topic, String group, Line line) {
        retries.remove(TopicName.popRetryOf(topic, group), line);
        retries.remove(TopicName.popRetryV2Of(topic, group), line);
        return line.end();
    }

    /** Of how many topics there is something. */
    int topicCount() {
        return topics.size();
    }

    /** Resumes everybody, and lets nobody wait from now on. */
    public void stop() {
        isStopped = true;
        VarHandle.fullFence();
        topics.values().forEach(groups -> groups.values().forEach(line -> resume(line.takeAll())));
    }

    private void resume(List<PopPoll> polls) {
        for (PopPoll poll : polls) {
            if (poll.claim()) {
                wheel.remove(poll);
                count.decrementAndGet();
                poll.resume();
            }
        }
    }

    /** Resumes those whose time is up. */
    @Override
    public int doWork() {
        return wheel.endDue(ticker.nanoTime(), due -> {
            PopPoll poll = (PopPoll) due;
            boolean isOurs = poll.claim();
            if (isOurs) {
                leave(poll);
                count.decrementAndGet();
                poll.resume();
            }
            return isOurs;
        });
    }

    @Override
    public long restNs() {
        return wheel.restNs(ticker.nanoTime());
    }

    @Override
    public void wakeBy(Runnable waker) {
        this.waker = waker;
    }

    @Override
    public String name() {
        return "pop-polls";
    }
}
