package io.carillon.delayqueue;

import io.carillon.base.CarillonException;
import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Cancelled;
import io.carillon.base.delayqueue.DelayEngine;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.Extended;
import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.GroupInfo;
import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.Health;
import io.carillon.base.delayqueue.Limits;
import io.carillon.base.delayqueue.Metric;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Redriven;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Released;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Rescheduled;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Settled;
import io.carillon.base.delayqueue.Sink;
import io.carillon.base.delayqueue.Statistics;
import io.carillon.base.delayqueue.Stored;
import io.carillon.base.delayqueue.TopicInfo;
import io.carillon.base.delayqueue.TopicSettings;
import io.carillon.base.delayqueue.When;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * FACE: the delay queue over MySQL, which holds the truth, and Redis, which holds the order. Hands on what is asked to the
 * part that checks and does it; all waiting for stores is done on virtual threads. Several nodes with the same stores are one
 * delay queue.
 *
 * <p>While MySQL has not answered since the start, everything is refused with {@link Refusal.Unavailable}.
 */
public final class DelayQueue implements DelayEngine {
    private final Checks checks;
    private final Starting starting;
    /** Null until the node is up. */
    private volatile @Nullable Calls calls;

    private DelayQueue(DelayQueueConfig config, Given given, Steps steps, boolean audits) {
        checks = new Checks(config);
        starting = new Starting(config, given, steps, audits, node -> calls = Calls.of(node, checks, given.sink()));
    }

    /**
     * What it is given.
     *
     * @param sink takes what is due by itself; null for none
     */
    public record Given(Ticker ticker, @Nullable Sink sink, StoreTls tls) {}

    /**
     * Makes the tables if need be, and starts. Waits for the stores, for some seconds at most; one that cannot be reached may
     * come later: until MySQL does everything is refused, until Redis does nothing becomes due.
     *
     * @throws CarillonException.BadConfig when an address is none, a store does not let us in or is too old, or the tables
     *     cannot be made
     */
    public static DelayQueue open(DelayQueueConfig config, Given given) {
        return open(config, given, Steps.NONE, false);
    }

    static DelayQueue open(DelayQueueConfig config, Given given, Steps steps, boolean audits) {
        DelayQueue queue = new DelayQueue(config, given, steps, audits);
        queue.starting.begin();
        return queue;
    }

    /** Of one that is up. */
    Node node() {
        return Objects.requireNonNull(starting.node());
    }

    @Override
    public String name() {
        return "redis-mysql";
    }

    @Override
    public Limits limits() {
        return checks.limits();
    }

    private interface Asked<T> {
        CompletableFuture<Answer<T>> with(Calls calls);
    }

    private <T> CompletableFuture<Answer<T>> asking(Asked<T> asked) {
        Calls now = calls;
        return now == null ? Refusals.refused(Starting.refusal()) : asked.with(now);
    }

    // ---- messages

    @Override
    public CompletableFuture<Answer<List<Answer<Sent>>>> send(String topic, List<NewMessage> all) {
        return asking(calls -> calls.senders().send(topic, all));
    }

    @Override
    public CompletableFuture<Answer<List<Delivery>>> pull(Requests.Pull pull) {
        return asking(calls -> calls.receivers().pull(pull));
    }

    @Override
    public void giveBack(Requests.Where where, List<Delivery> deliveries) {
        Calls now = calls;
        if (now != null) {
            now.receivers().giveBack(deliveries);
        }
    }

    @Override
    public CompletableFuture<Answer<List<Settled>>> acknowledge(Requests.Where where, List<String> receipts) {
        return asking(calls -> calls.receivers().acknowledge(where, receipts));
    }

    @Override
    public CompletableFuture<Answer<Extended>> extend(Requests.Where where, String receipt, long visibilityMs) {
        return asking(calls -> calls.receivers().extend(where, receipt, visibilityMs));
    }

    @Override
    public CompletableFuture<Answer<Released>> release(Requests.Where where, String receipt, long delayMs) {
        return asking(calls -> calls.receivers().release(where, receipt, delayMs));
    }

    @Override
    public CompletableFuture<Answer<Cancelled>> cancel(String topic, String id) {
        return asking(calls -> calls.messages().cancel(topic, id));
    }

    @Override
    public CompletableFuture<Answer<Rescheduled>> reschedule(String topic, String id, When when) {
        return asking(calls -> calls.messages().reschedule(topic, id, when));
    }

    @Override
    public CompletableFuture<Answer<Stored>> get(Requests.Where where, String id) {
        return asking(calls -> calls.messages().get(where, id));
    }

    @Override
    public CompletableFuture<Answer<Found<Stored>>> list(Requests.Search search) {
        return asking(calls -> calls.messages().list(search));
    }

    @Override
    public CompletableFuture<Answer<Found<Stored>>> deadLetters(Requests.DeadLetters which) {
        return asking(calls -> calls.messages().deadLetters(which));
    }

    @Override
    public CompletableFuture<Answer<Redriven>> redrive(Requests.Redrive which) {
        return asking(calls -> calls.messages().redrive(which));
    }

    // ---- topics and groups

    @Override
    public CompletableFuture<Answer<TopicInfo>> putTopic(String topic, TopicSettings settings) {
        return asking(calls -> calls.topics().putTopic(topic, settings));
    }

    @Override
    public CompletableFuture<Answer<TopicInfo>> topic(String topic) {
        return asking(calls -> calls.topics().topic(topic));
    }

    @Override
    public CompletableFuture<Answer<Found<TopicInfo>>> topics(Requests.Page page) {
        return asking(calls -> calls.topics().topics(page));
    }

    @Override
    public CompletableFuture<Answer<Boolean>> deleteTopic(String topic) {
        return asking(calls -> calls.topics().deleteTopic(topic));
    }

    @Override
    public CompletableFuture<Answer<TopicInfo>> pauseTopic(String topic, boolean isPaused) {
        return asking(calls -> calls.topics().pauseTopic(topic, isPaused));
    }

    /** None: a group is one topic's. */
    @Override
    public Collection<String> otherTopics(Requests.Where where) {
        return List.of();
    }

    @Override
    public CompletableFuture<Answer<GroupInfo>> putGroup(Requests.Where where, GroupSettings settings) {
        return asking(calls -> calls.topics().putGroup(where, settings));
    }

    @Override
    public CompletableFuture<Answer<Found<GroupInfo>>> groups(String topic, Requests.Page page) {
        return asking(calls -> calls.topics().groups(topic, page));
    }

    @Override
    public CompletableFuture<Answer<Boolean>> deleteGroup(Requests.Where where) {
        return asking(calls -> calls.topics().deleteGroup(where));
    }

    @Override
    public CompletableFuture<Answer<GroupInfo>> pauseGroup(Requests.Where where, boolean isPaused) {
        return asking(calls -> calls.topics().pauseGroup(where, isPaused));
    }

    // ---- what it is doing

    @Override
    public CompletableFuture<Answer<Statistics>> statistics(String topic) {
        return asking(calls -> calls.topics().statistics(topic));
    }

    @Override
    public CompletableFuture<Health> health() {
        return CompletableFuture.completedFuture(starting.health());
    }

    @Override
    public List<Metric> metrics() {
        return starting.metrics();
    }

    @Override
    public void close() {
        starting.close();
    }

    /** What can be asked, by who asks. */
    private record Calls(SenderCalls senders, ReceiverCalls receivers, MessageCalls messages, TopicCalls topics) {
        static Calls of(Node node, Checks checks, @Nullable Sink sink) {
            Finder finder = new Finder(node, checks);
            return new Calls(
                    new SenderCalls(node, finder, checks, sink),
                    new ReceiverCalls(node, finder, checks),
                    new MessageCalls(node, finder, checks),
                    new TopicCalls(node, finder, checks));
        }
    }
}
