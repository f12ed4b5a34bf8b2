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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * FACE: the delay queue over MySQL, which holds the truth, and Redis, which holds the order. Hands on what is asked to the
 * part that checks and does it; all waiting for stores is done on virtual threads. Several nodes with the same stores are one
 * delay queue.
 */
public final class DelayQueue implements DelayEngine {
    private final Node node;
    private final Checks checks;
    private final Calls calls;

    private DelayQueue(Node node, @Nullable Sink sink) {
        this.node = node;
        checks = new Checks(node.config());
        calls = Calls.of(node, checks, sink);
    }

    /**
     * What it is given.
     *
     * @param sink takes what is due by itself; null for none
     * @param redisTrust the certificates that vouch for Redis as PEM; null for those that Java trusts
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    public record Given(Ticker ticker, @Nullable Sink sink, byte @Nullable [] redisTrust) {}

    /**
     * Makes the tables if need be, and starts. Waits for MySQL; Redis may come later.
     *
     * @throws CarillonException.BadConfig when an address is none, a store does not let us in, or the tables cannot be made
     * @throws CarillonException.Unreachable when MySQL does not answer
     */
    public static DelayQueue open(DelayQueueConfig config, Given given) {
        return open(config, given, Steps.NONE, false);
    }

    static DelayQueue open(DelayQueueConfig config, Given given, Steps steps, boolean audits) {
        try {
            return new DelayQueue(Node.start(config, given, steps, audits), given.sink());
        } catch (StoreFailure failure) {
            throw StartFaults.of(failure, config.mysql());
        }
    }

    Node node() {
        return node;
    }

    @Override
    public String name() {
        return "redis-mysql";
    }

    @Override
    public Limits limits() {
        return checks.limits();
    }

    // ---- messages

    @Override
    public CompletableFuture<Answer<List<Answer<Sent>>>> send(String topic, List<NewMessage> all) {
        return calls.senders().send(topic, all);
    }

    @Override
    public CompletableFuture<Answer<List<Delivery>>> pull(Requests.Pull pull) {
        return calls.receivers().pull(pull);
    }

    @Override
    public CompletableFuture<Answer<List<Settled>>> acknowledge(Requests.Where where, List<String> receipts) {
        return calls.receivers().acknowledge(where, receipts);
    }

    @Override
    public CompletableFuture<Answer<Extended>> extend(Requests.Where where, String receipt, long visibilityMs) {
        return calls.receivers().extend(where, receipt, visibilityMs);
    }

    @Override
    public CompletableFuture<Answer<Released>> release(Requests.Where where, String receipt, long delayMs) {
        return calls.receivers().release(where, receipt, delayMs);
    }

    @Override
    public CompletableFuture<Answer<Cancelled>> cancel(String topic, String id) {
        return calls.messages().cancel(topic, id);
    }

    @Override
    public CompletableFuture<Answer<Rescheduled>> reschedule(String topic, String id, When when) {
        return calls.messages().reschedule(topic, id, when);
    }

    @Override
    public CompletableFuture<Answer<Stored>> get(Requests.Where where, String id) {
        return calls.messages().get(where, id);
    }

    @Override
    public CompletableFuture<Answer<Found<Stored>>> list(Requests.Search search) {
        return calls.messages().list(search);
    }

    @Override
    public CompletableFuture<Answer<Found<Stored>>> deadLetters(Requests.DeadLetters which) {
        return calls.messages().deadLetters(which);
    }

    @Override
    public CompletableFuture<Answer<Redriven>> redrive(Requests.Redrive which) {
        return calls.messages().redrive(which);
    }

    // ---- topics and groups

    @Override
    public CompletableFuture<Answer<TopicInfo>> putTopic(String topic, TopicSettings settings) {
        return calls.topics().putTopic(topic, settings);
    }

    @Override
    public CompletableFuture<Answer<TopicInfo>> topic(String topic) {
        return calls.topics().topic(topic);
    }

    @Override
    public CompletableFuture<Answer<Found<TopicInfo>>> topics(Requests.Page page) {
        return calls.topics().topics(page);
    }

    @Override
    public CompletableFuture<Answer<Boolean>> deleteTopic(String topic) {
        return calls.topics().deleteTopic(topic);
    }

    @Override
    public CompletableFuture<Answer<TopicInfo>> pauseTopic(String topic, boolean isPaused) {
        return calls.topics().pauseTopic(topic, isPaused);
    }

    @Override
    public CompletableFuture<Answer<GroupInfo>> putGroup(Requests.Where where, GroupSettings settings) {
        return calls.topics().putGroup(where, settings);
    }

    @Override
    public CompletableFuture<Answer<Found<GroupInfo>>> groups(String topic, Requests.Page page) {
        return calls.topics().groups(topic, page);
    }

    @Override
    public CompletableFuture<Answer<Boolean>> deleteGroup(Requests.Where where) {
        return calls.topics().deleteGroup(where);
    }

    @Override
    public CompletableFuture<Answer<GroupInfo>> pauseGroup(Requests.Where where, boolean isPaused) {
        return calls.topics().pauseGroup(where, isPaused);
    }

    // ---- what it is doing

    @Override
    public CompletableFuture<Answer<Statistics>> statistics(String topic) {
        return calls.topics().statistics(topic);
    }

    @Override
    public CompletableFuture<Health> health() {
        return CompletableFuture.completedFuture(node.overview().health());
    }

    @Override
    public List<Metric> metrics() {
        return node.overview().metrics();
    }

    @Override
    public void close() {
        node.close();
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
