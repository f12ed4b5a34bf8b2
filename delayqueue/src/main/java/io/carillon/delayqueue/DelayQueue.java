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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * FACE: the delay queue over MySQL, which holds the truth, and Redis, which holds the order. Checks what is asked, finds
 * topic and group, and hands on to the part that does it; all waiting for stores is done on virtual threads. Several nodes
 * with the same stores are one delay queue.
 */
public final class DelayQueue implements DelayEngine {
    private final Node node;
    private final Checks checks;
    private final @Nullable Sink sink;

    private DelayQueue(Node node, @Nullable Sink sink) {
        this.node = node;
        this.sink = sink;
        this.checks = new Checks(node.config());
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
        Optional<Refusal> refusal = checks.batch("batch_max", all.size(), limits().batchMax());
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return onTopic(topic, true, found -> {
            List<NewMessage> taken = new ArrayList<>();
            List<@Nullable Refusal> refused = new ArrayList<>();
            long nowMs = node.clock().nowMs();
            int bytes = 0;
            for (NewMessage message : all) {
                Refusal why = fault(topic, message, nowMs).orElse(null);
                refused.add(why);
                if (why == null) {
                    taken.add(sink == null ? message : withoutRetry(message));
                    bytes += 4_096 + message.body().length;
                }
            }
            return send(found, taken, bytes).thenApply(sent -> Answer.of(merge(sent, refused)));
        });
    }

    private Optional<Refusal> fault(String topic, NewMessage message, long nowMs) {
        Optional<Refusal> fault = checks.message(message, nowMs);
        return sink == null || fault.isPresent() ? fault : sink.faultOf(topic, message);
    }

    /** How often it is tried is said by the groups of where it goes; here it is tried until it got there. */
    private static NewMessage withoutRetry(NewMessage message) {
        return new NewMessage(
                message.when(),
                message.idempotencyKey(),
                message.key(),
                message.tag(),
                message.orderingKey(),
                message.ttlMs(),
                message.priority(),
                null,
                message.headers(),
                message.body());
    }

    private CompletableFuture<List<Answer<Sent>>> send(TopicTable.Topic topic, List<NewMessage> taken, int bytes) {
        CompletableFuture<List<Answer<Sent>>> answer = new CompletableFuture<>();
        if (taken.isEmpty()) {
            answer.complete(List.of());
        } else if (node.sends().waiting() > Checks.SENDS_MAX) {
            Answer<Sent> busy = Answer.refused(new Refusal.Busy("sends under way at this node", Checks.SENDS_MAX, 100));
            answer.complete(taken.stream().map(_ -> busy).toList());
        } else {
            node.sends().add(new Sends.Order(topic, taken, bytes, answer));
        }
        return answer;
    }

    private static List<Answer<Sent>> merge(List<Answer<Sent>> sent, List<@Nullable Refusal> refused) {
        List<Answer<Sent>> merged = new ArrayList<>(refused.size());
        int next = 0;
        for (Refusal why : refused) {
            merged.add(why == null ? sent.get(next++) : Answer.refused(why));
        }
        return merged;
    }

    @Override
    public CompletableFuture<Answer<List<Delivery>>> pull(Requests.Pull pull) {
        Optional<Refusal> refusal = checks.pull(pull);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        Optional<TopicTable.Topic> topic = node.topics().topic(pull.where().topic());
        Optional<TopicTable.Group> group =
                node.topics().group(pull.where().topic(), pull.where().group());
        if (topic.isPresent() && group.isPresent()) {
            return pull(pull, topic.get(), group.get());
        }
        return pullAnew(pull);
    }

    private CompletableFuture<Answer<List<Delivery>>> pull(
            Requests.Pull pull, TopicTable.Topic topic, TopicTable.Group group) {
        long visibilityMs = pull.visibilityMs() != Requests.BY_GROUP
                ? pull.visibilityMs()
                : group.settings().visibilityMs() > 0
                        ? group.settings().visibilityMs()
                        : limits().visibilityDefaultMs();
        return node.waits()
                .pull(new Waits.PullOrder(topic, group, pull.max(), visibilityMs, pull.tags()), pull.waitMs());
    }

    /** The topic or the group must be looked for, and perhaps be made, first; that the receiver goes is passed on. */
    private CompletableFuture<Answer<List<Delivery>>> pullAnew(Requests.Pull pull) {
        CompletableFuture<Answer<List<Delivery>>> answer = new CompletableFuture<>();
        onGroup(pull.where(), true, (topic, group) -> {
                    CompletableFuture<Answer<List<Delivery>>> inner = pull(pull, topic, group);
                    answer.whenComplete((_, _) -> inner.cancel(false));
                    return inner;
                })
                .whenComplete((value, failure) -> {
                    if (failure != null) {
                        answer.completeExceptionally(failure);
                    } else {
                        answer.complete(value);
                    }
                });
        return answer;
    }

    @Override
    public CompletableFuture<Answer<List<Settled>>> acknowledge(Requests.Where where, List<String> texts) {
        Optional<Refusal> refusal = checks.batch("batch_max", texts.size(), limits().batchMax());
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        CompletableFuture<Answer<List<Settled>>> settled = onGroup(where, false, (topic, group) -> {
            List<Receipts.@Nullable Receipt> parsed = new ArrayList<>();
            for (String text : texts) {
                parsed.add(receipt(topic, group, text).orElse(null));
            }
            CompletableFuture<Answer<List<Settled>>> answer = new CompletableFuture<>();
            node.settling().acknowledge(new Settling.Order(group.bit(), parsed, answer));
            return answer;
        });
        // Where there is no such group, there are no receipts of it.
        return settled.thenApply(answer -> isMissing(answer)
                ? Answer.of(texts.stream().map(_ -> Settled.INVALID).toList())
                : answer);
    }

    private static boolean isMissing(Answer<?> answer) {
        return answer instanceof Answer.Refused<?>(Refusal why) && why instanceof Refusal.Missing;
    }

    private static <T> Answer<T> noReceipt(Answer<T> answer) {
        return isMissing(answer) ? Answer.refused(Checks.NO_RECEIPT) : answer;
    }

    private Optional<Receipts.Receipt> receipt(TopicTable.Topic topic, TopicTable.Group group, String text) {
        return node.receipts()
                .parse(text)
                .filter(receipt -> receipt.member().topic() == topic.id() && receipt.bit() == group.bit());
    }

    @Override
    public CompletableFuture<Answer<Extended>> extend(Requests.Where where, String text, long visibilityMs) {
        Optional<Refusal> refusal = checks.visibility(visibilityMs);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return this.<Extended>onGroup(
                        where,
                        false,
                        (topic, group) -> work(() -> receipt(topic, group, text)
                                .map(receipt -> node.settling().extend(receipt, text, visibilityMs))
                                .orElseGet(() -> Answer.refused(Checks.NO_RECEIPT))))
                .thenApply(DelayQueue::noReceipt);
    }

    @Override
    public CompletableFuture<Answer<Released>> release(Requests.Where where, String text, long delayMs) {
        Optional<Refusal> refusal = checks.delay(delayMs);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return this.<Released>onGroup(
                        where,
                        false,
                        (topic, group) -> work(() -> {
                            Optional<Receipts.Receipt> receipt = receipt(topic, group, text);
                            if (receipt.isEmpty()) {
                                return Answer.refused(Checks.NO_RECEIPT);
                            }
                            Answer<Released> answer = node.settling()
                                    .release(
                                            receipt.get(),
                                            delayMs,
                                            group.settings().retry());
                            node.burials().released(receipt.get(), answer);
                            return answer;
                        }))
                .thenApply(DelayQueue::noReceipt);
    }

    @Override
    public CompletableFuture<Answer<Cancelled>> cancel(String topic, String id) {
        return onMessage(topic, id, (found, number) -> node.changes().cancel(found, number));
    }

    @Override
    public CompletableFuture<Answer<Rescheduled>> reschedule(String topic, String id, When when) {
        long nowMs = node.clock().nowMs();
        Optional<Refusal> refusal = checks.due(when, nowMs);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return onMessage(topic, id, (found, number) -> node.changes().reschedule(found, number, when.dueMs(nowMs)));
    }

    private interface OnMessage<T> {
        Answer<T> with(TopicTable.Topic topic, long id);
    }

    private <T> CompletableFuture<Answer<T>> onMessage(String topic, String id, OnMessage<T> work) {
        OptionalLong number = MessageId.parse(id);
        CompletableFuture<Answer<T>> answer = onTopic(
                topic,
                false,
                found -> number.isEmpty()
                        ? Refusals.refused(Refusals.noMessage(id))
                        : work(() -> work.with(found, number.getAsLong())));
        // Where there is no such topic, there is no message of it.
        return answer.thenApply(one -> isMissing(one) ? Answer.refused(Refusals.noMessage(id)) : one);
    }

    @Override
    public CompletableFuture<Answer<Stored>> get(Requests.Where where, String id) {
        return onMessage(where.topic(), id, (topic, number) -> {
            // A group that does not exist yet has not got it: it is as for nobody in particular.
            TopicTable.Group group = topic.groups().get(where.group());
            return node.looks()
                    .get(topic, group, number)
                    .<Answer<Stored>>map(Answer::of)
                    .orElseGet(() -> Answer.refused(Refusals.noMessage(id)));
        });
    }

    @Override
    public CompletableFuture<Answer<Found<Stored>>> list(Requests.Search search) {
        Optional<Refusal> refusal = checks.page(search.page());
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        if (search.topic().isEmpty()) {
            return work(() -> Answer.of(node.looks().list(search, null, null)));
        }
        return onTopic(search.topic(), false, topic -> {
            TopicTable.Group group = topic.groups().get(search.group());
            if (group == null && !search.group().isEmpty()) {
                return Refusals.refused(Refusals.noGroup(search.group()));
            }
            return work(() -> Answer.of(node.looks().list(search, topic, group)));
        });
    }

    // ---- dead letters

    @Override
    public CompletableFuture<Answer<Found<Stored>>> deadLetters(Requests.DeadLetters which) {
        Optional<Refusal> refusal = checks.page(which.page());
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return onGroup(
                which.where(),
                false,
                (topic, group) -> work(() -> Answer.of(node.looks().deadLetters(topic, group, which.page()))));
    }

    @Override
    public CompletableFuture<Answer<Redriven>> redrive(Requests.Redrive which) {
        int max = which.ids().isEmpty() ? which.max() : which.ids().size();
        Optional<Refusal> refusal = checks.batch("page_max", max, limits().pageMax());
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return onGroup(
                which.where(),
                false,
                (topic, group) -> work(() -> Answer.of(node.changes().redrive(topic, group, which.ids(), max))));
    }

    // ---- topics and groups

    @Override
    public CompletableFuture<Answer<TopicInfo>> putTopic(String topic, TopicSettings settings) {
        Optional<Refusal> refusal = checks.name("topic", topic);
        return refusal.isPresent()
                ? Refusals.refused(refusal.get())
                : work(() -> Answer.of(info(node.topics().put(topic, settings))));
    }

    @Override
    public CompletableFuture<Answer<TopicInfo>> topic(String topic) {
        return onTopic(topic, false, found -> CompletableFuture.completedFuture(Answer.of(info(found))));
    }

    @Override
    public CompletableFuture<Answer<Found<TopicInfo>>> topics(Requests.Page page) {
        return work(() -> {
            node.topics().refresh();
            return Answer.of(
                    Checks.page(List.copyOf(node.topics().list()), TopicTable.Topic::name, page, DelayQueue::info));
        });
    }

    @Override
    public CompletableFuture<Answer<Boolean>> deleteTopic(String topic) {
        return onTopic(
                topic,
                false,
                found -> work(() -> {
                    boolean isDeleted = node.topics().delete(topic);
                    node.finishLeftovers(found.id(), -1);
                    return Answer.of(isDeleted);
                }));
    }

    @Override
    public CompletableFuture<Answer<TopicInfo>> pauseTopic(String topic, boolean isPaused) {
        return onTopic(
                topic,
                false,
                _ -> work(() -> {
                    TopicTable.Topic paused = node.topics().pause(topic, isPaused);
                    node.tellOfTopics();
                    return Answer.of(info(paused));
                }));
    }

    @Override
    public CompletableFuture<Answer<GroupInfo>> putGroup(Requests.Where where, GroupSettings settings) {
        Optional<Refusal> refusal = checks.group(where, settings);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return onTopic(
                where.topic(),
                false,
                topic -> work(() -> makeGroup(topic, where.group(), settings).map(group -> info(where, group))));
    }

    private Answer<TopicTable.Group> makeGroup(TopicTable.Topic topic, String group, GroupSettings settings) {
        boolean isKnown = node.topics().group(topic.name(), group).isPresent();
        Optional<TopicTable.Group> made = node.topics().putGroup(topic, group, settings);
        node.tellOfTopics();
        if (!isKnown) {
            node.fill(topic.id());
        }
        return made.<Answer<TopicTable.Group>>map(Answer::of)
                .orElseGet(() -> Answer.refused(new Refusal.OverLimit(
                        "groups_per_topic_max", TopicTable.GROUPS_MAX, TopicTable.GROUPS_MAX + 1L)));
    }

    @Override
    public CompletableFuture<Answer<Found<GroupInfo>>> groups(String topic, Requests.Page page) {
        return onTopic(
                topic,
                false,
                found -> CompletableFuture.completedFuture(Answer.of(Checks.page(
                        List.copyOf(found.groups().values()),
                        TopicTable.Group::name,
                        page,
                        group -> info(new Requests.Where(topic, group.name()), group)))));
    }

    @Override
    public CompletableFuture<Answer<Boolean>> deleteGroup(Requests.Where where) {
        Optional<Refusal> refusal = checks.own(where);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return onGroup(
                where,
                false,
                (topic, group) -> work(() -> {
                    node.topics().deleteGroup(topic, group);
                    node.finishLeftovers(topic.id(), group.bit());
                    return Answer.of(true);
                }));
    }

    @Override
    public CompletableFuture<Answer<GroupInfo>> pauseGroup(Requests.Where where, boolean isPaused) {
        return onGroup(
                where,
                false,
                (topic, group) -> work(() -> {
                    TopicTable.Group paused = node.topics()
                            .pauseGroup(topic, group.name(), isPaused)
                            .orElse(group);
                    node.tellOfTopics();
                    return Answer.of(info(where, paused));
                }));
    }

    private static TopicInfo info(TopicTable.Topic topic) {
        return new TopicInfo(topic.name(), topic.settings(), topic.isPaused());
    }

    private static GroupInfo info(Requests.Where where, TopicTable.Group group) {
        return new GroupInfo(where, group.settings(), group.isPaused());
    }

    // ---- what it is doing

    @Override
    public CompletableFuture<Answer<Statistics>> statistics(String topic) {
        return onTopic(topic, false, found -> work(() -> Answer.of(node.looks().statistics(found, node.waits()))));
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

    // ---- finding topic and group

    private interface OnGroup<T> {
        CompletableFuture<Answer<T>> with(TopicTable.Topic topic, TopicTable.Group group);
    }

    private <T> CompletableFuture<Answer<T>> onTopic(
            String name, boolean mayMake, Function<TopicTable.Topic, CompletableFuture<Answer<T>>> then) {
        Optional<TopicTable.Topic> known = node.topics().topic(name);
        if (known.isPresent()) {
            return then.apply(known.get());
        }
        Optional<Refusal> refusal = checks.name("topic", name);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return this.<TopicTable.Topic>work(() -> {
                    // Another node may have made it a moment ago.
                    node.topics().refresh();
                    if (mayMake
                            && node.config().create()
                            && node.topics().topic(name).isEmpty()) {
                        node.topics().put(name, TopicSettings.DEFAULT);
                        node.tellOfTopics();
                    }
                    return node.topics()
                            .topic(name)
                            .<Answer<TopicTable.Topic>>map(Answer::of)
                            .orElseGet(() -> Answer.refused(Refusals.noTopic(name)));
                })
                .thenCompose(found -> switch (found) {
                    case Answer.Done<TopicTable.Topic>(TopicTable.Topic topic) -> then.apply(topic);
                    case Answer.Refused<TopicTable.Topic>(Refusal why) -> Refusals.refused(why);
                });
    }

    private <T> CompletableFuture<Answer<T>> onGroup(Requests.Where where, boolean mayMake, OnGroup<T> then) {
        return onTopic(where.topic(), mayMake, topic -> {
            TopicTable.Group known = topic.groups().get(where.group());
            if (known != null) {
                return then.with(topic, known);
            }
            Optional<Refusal> refusal = checks.name("group", where.group());
            if (refusal.isPresent()) {
                return Refusals.refused(refusal.get());
            }
            return work(() -> findGroup(topic, where.group(), mayMake)).thenCompose(found -> switch (found) {
                case Answer.Done<TopicTable.Group>(TopicTable.Group group) ->
                    then.with(node.topics().topic(topic.id()).orElse(topic), group);
                case Answer.Refused<TopicTable.Group>(Refusal why) -> Refusals.refused(why);
            });
        });
    }

    private Answer<TopicTable.Group> findGroup(TopicTable.Topic topic, String group, boolean mayMake) {
        node.topics().refresh();
        Optional<TopicTable.Group> found = node.topics().group(topic.name(), group);
        if (found.isPresent()) {
            return Answer.of(found.get());
        }
        return mayMake && node.config().create()
                ? makeGroup(topic, group, GroupSettings.DEFAULT)
                : Answer.refused(Refusals.noGroup(group));
    }

    /** Does this on a virtual thread; a store that is down is a refusal, when it surely did nothing. */
    private <T> CompletableFuture<Answer<T>> work(Supplier<Answer<T>> work) {
        CompletableFuture<Answer<T>> answer = new CompletableFuture<>();
        if (node.isOver()) {
            answer.completeExceptionally(new CarillonException.Closed("the delay queue is closed"));
            return answer;
        }
        node.execute(() -> {
            try {
                answer.complete(work.get());
            } catch (StoreFailure failure) {
                if (failure.isUntouched() || failure.store() == StoreFailure.Store.REDIS) {
                    answer.complete(Answer.refused(Refusals.unavailable(failure)));
                } else {
                    answer.completeExceptionally(failure);
                }
            } catch (RuntimeException failure) {
                answer.completeExceptionally(failure);
            }
        });
        return answer;
    }
}
