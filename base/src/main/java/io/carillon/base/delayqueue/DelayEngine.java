package io.carillon.base.delayqueue;

import io.carillon.base.delayqueue.Requests.DeadLetters;
import io.carillon.base.delayqueue.Requests.Page;
import io.carillon.base.delayqueue.Requests.Pull;
import io.carillon.base.delayqueue.Requests.Redrive;
import io.carillon.base.delayqueue.Requests.Search;
import io.carillon.base.delayqueue.Requests.Where;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * PORT: a delay queue. Any thread may call any method; none blocks the caller on a disk, a socket or another client, and
 * the futures may be completed by any thread, which must not be blocked either.
 *
 * <p>A future completes normally with what a caller must expect: a {@link Answer.Done}, or a {@link Answer.Refused} that
 * says why not, after which nothing has changed, unless it is {@link Refusal.OutcomeUnknown}. It completes exceptionally
 * only for a fault of the engine itself. What became of a send is then unknown, as it is after that refusal, and sending it
 * again with the same idempotency key is safe.
 *
 * <p>What an engine promises:
 *
 * <ul>
 *   <li>A message whose send is answered with {@link Answer.Done} is durable, and is handed out to every group of its topic
 *       at least once, unless it is cancelled, or its time to live is over, before.
 *   <li>It is never handed out before it is due, by the clock of whoever keeps the order of due times.
 *   <li>While it is handed out, and neither its visibility time is over nor it was released, nobody else of the group gets it.
 *   <li>A message that was acknowledged, and that was answered with {@link Settled#DONE}, is not handed out to that group
 *       again; {@code docs/delayqueue.md} says for each engine what a crash may change about this.
 * </ul>
 *
 * <p>A topic or a group that does not exist yet is made by the first use of it, where the engine's settings let it; else
 * the answer is {@link Refusal.Missing}.
 */
public interface DelayEngine extends AutoCloseable {
    /** {@code embedded} or {@code redis-mysql}: for answers, logs and metrics. */
    String name();

    /** What is in force now; a front refuses what is outside before it asks, an engine checks again. */
    Limits limits();

    // ---- messages

    /**
     * Sends messages to one topic, each by itself: an answer for each in the order of the messages, so that some may be
     * taken and others refused. The outer answer is refused only when the whole call is (no such topic, too many).
     */
    CompletableFuture<Answer<List<Answer<Sent>>>> send(String topic, List<NewMessage> messages);

    /**
     * Hands out messages that are due, or waits until there are some; an empty list when the wait is over. There may be
     * fewer than asked for although more are due. When the topic or the group is deleted meanwhile, the answer is
     * {@link Refusal.Missing}.
     *
     * <p>Cancelling the future says that the receiver is gone: the engine stops waiting, and what it took for it meanwhile
     * is due again at once, as in {@link #giveBack}.
     */
    CompletableFuture<Answer<List<Delivery>>> pull(Pull pull);

    /**
     * What a pull was answered with did not reach its receiver: what of it nobody else has meanwhile is due again at once,
     * and that it was handed out does not count as a try. Told to nobody: what cannot be given back comes when its
     * visibility time is over.
     */
    void giveBack(Where where, List<Delivery> deliveries);

    /** Settles messages for good: what became of each receipt, in the order of the receipts. */
    CompletableFuture<Answer<List<Settled>>> acknowledge(Where where, List<String> receipts);

    /**
     * Keeps a message for the receiver until so many ms from now. The receipt may change by that: then the old one is worth
     * nothing any more.
     */
    CompletableFuture<Answer<Extended>> extend(Where where, String receipt, long visibilityMs);

    /**
     * Gives a message back, which is then due again.
     *
     * @param delayMs in so many ms; {@link Requests#BY_POLICY} leaves that to the message's retry policy
     */
    CompletableFuture<Answer<Released>> release(Where where, String receipt, long delayMs);

    /** Lets a message never be handed out. Exact: {@link Cancelled#CANCELLED} only when nobody has or had it. */
    CompletableFuture<Answer<Cancelled>> cancel(String topic, String id);

    /** Lets a message that waits be due at another time; the id stays. */
    CompletableFuture<Answer<Rescheduled>> reschedule(String topic, String id, When when);

    /** A message with its body, in whatever state, as long as it is known; in the state that the group sees it in. */
    CompletableFuture<Answer<Stored>> get(Where where, String id);

    /** Messages without their bodies, those that are due first first. */
    CompletableFuture<Answer<Found<Stored>>> list(Search search);

    // ---- dead letters

    /** What a group failed to consume as often as may be; the oldest first. */
    CompletableFuture<Answer<Found<Stored>>> deadLetters(DeadLetters which);

    /** Makes dead letters due again, as messages that were never tried: their time to live counts from here. */
    CompletableFuture<Answer<Redriven>> redrive(Redrive which);

    // ---- topics and groups

    /** Makes a topic, or gives it these settings. */
    CompletableFuture<Answer<TopicInfo>> putTopic(String topic, TopicSettings settings);

    CompletableFuture<Answer<TopicInfo>> topic(String topic);

    /** In the order of their names; a page's token is the name before it. */
    CompletableFuture<Answer<Found<TopicInfo>>> topics(Page page);

    /** Deletes a topic with all that is in it. */
    CompletableFuture<Answer<Boolean>> deleteTopic(String topic);

    /** While a topic is paused, its messages stay when they are due; what is handed out may be settled. */
    CompletableFuture<Answer<TopicInfo>> pauseTopic(String topic, boolean isPaused);

    /**
     * The other topics that a change of this group concerns, where a group may be one for several topics: who may not change
     * them may not change the group. Looks into memory alone.
     *
     * @return names; an empty one stands for all topics
     */
    Collection<String> otherTopics(Where where);

    /** Makes a group, or gives it these settings. */
    CompletableFuture<Answer<GroupInfo>> putGroup(Where where, GroupSettings settings);

    /** The groups of a topic in the order of their names. */
    CompletableFuture<Answer<Found<GroupInfo>>> groups(String topic, Page page);

    /** Deletes a group with all its progress. */
    CompletableFuture<Answer<Boolean>> deleteGroup(Where where);

    /** While a group is paused, its pulls get nothing; what is handed out may be settled. */
    CompletableFuture<Answer<GroupInfo>> pauseGroup(Where where, boolean isPaused);

    // ---- what it is doing

    CompletableFuture<Answer<Statistics>> statistics(String topic);

    /** Whether it takes and hands out messages now. Soon answered, also when a store is down. */
    CompletableFuture<Health> health();

    /** Figures of this moment, for {@code /metrics}; must take a few ms at most. */
    List<Metric> metrics();

    /** Stops: who waits gets an empty answer, what is under way is ended. The agents, if any, have stopped before. */
    @Override
    void close();
}
