package io.carillon.server;

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
import io.carillon.base.delayqueue.Refusal.Unavailable;
import io.carillon.base.delayqueue.Released;
import io.carillon.base.delayqueue.Requests.DeadLetters;
import io.carillon.base.delayqueue.Requests.Page;
import io.carillon.base.delayqueue.Requests.Pull;
import io.carillon.base.delayqueue.Requests.Redrive;
import io.carillon.base.delayqueue.Requests.Search;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.Rescheduled;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Settled;
import io.carillon.base.delayqueue.Statistics;
import io.carillon.base.delayqueue.Stored;
import io.carillon.base.delayqueue.TopicInfo;
import io.carillon.base.delayqueue.TopicSettings;
import io.carillon.base.delayqueue.When;
import io.carillon.broker.BrokerConfig;
import io.carillon.broker.delayqueue.EmbeddedEngine;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The delay queue of a member of a group: that of the term in which this node leads. In between, what is not passed on to the
 * leader is refused, for it is not known who that is. One thread changes the term, any other asks.
 */
final class MemberDelayQueue implements DelayEngine {
    private static final Unavailable NO_LEADER = new Unavailable(
            "group", "no member of the group that serves HTTP is known to lead now: ask again, at any member", 1_000);

    private final Supplier<BrokerConfig> config;
    private final BooleanSupplier isLedElsewhere;
    private volatile @Nullable EmbeddedEngine current;

    /** @param isLedElsewhere whether requests are passed on */
    MemberDelayQueue(Supplier<BrokerConfig> config, BooleanSupplier isLedElsewhere) {
        this.config = config;
        this.isLedElsewhere = isLedElsewhere;
    }

    /** That of a term which begins; null when one ends. Whoever waits in it is not told. */
    void use(@Nullable EmbeddedEngine engine) {
        current = engine;
    }

    private <T> CompletableFuture<Answer<T>> ask(Function<DelayEngine, CompletableFuture<Answer<T>>> question) {
        DelayEngine engine = current;
        return engine == null ? CompletableFuture.completedFuture(Answer.refused(NO_LEADER)) : question.apply(engine);
    }

    @Override
    public String name() {
        return "embedded";
    }

    @Override
    public Limits limits() {
        return EmbeddedEngine.limits(config.get());
    }

    @Override
    public CompletableFuture<Answer<List<Answer<Sent>>>> send(String topic, List<NewMessage> messages) {
        return ask(engine -> engine.send(topic, messages));
    }

    @Override
    public CompletableFuture<Answer<List<Delivery>>> pull(Pull pull) {
        return ask(engine -> engine.pull(pull));
    }

    @Override
    public void giveBack(Where where, List<Delivery> deliveries) {
        DelayEngine engine = current;
        if (engine != null) {
            engine.giveBack(where, deliveries);
        }
    }

    @Override
    public CompletableFuture<Answer<List<Settled>>> acknowledge(Where where, List<String> receipts) {
        return ask(engine -> engine.acknowledge(where, receipts));
    }

    @Override
    public CompletableFuture<Answer<Extended>> extend(Where where, String receipt, long visibilityMs) {
        return ask(engine -> engine.extend(where, receipt, visibilityMs));
    }

    @Override
    public CompletableFuture<Answer<Released>> release(Where where, String receipt, long delayMs) {
        return ask(engine -> engine.release(where, receipt, delayMs));
    }

    @Override
    public CompletableFuture<Answer<Cancelled>> cancel(String topic, String id) {
        return ask(engine -> engine.cancel(topic, id));
    }

    @Override
    public CompletableFuture<Answer<Rescheduled>> reschedule(String topic, String id, When when) {
        return ask(engine -> engine.reschedule(topic, id, when));
    }

    @Override
    public CompletableFuture<Answer<Stored>> get(Where where, String id) {
        return ask(engine -> engine.get(where, id));
    }

    @Override
    public CompletableFuture<Answer<Found<Stored>>> list(Search search) {
        return ask(engine -> engine.list(search));
    }

    @Override
    public CompletableFuture<Answer<Found<Stored>>> deadLetters(DeadLetters which) {
        return ask(engine -> engine.deadLetters(which));
    }

    @Override
    public CompletableFuture<Answer<Redriven>> redrive(Redrive which) {
        return ask(engine -> engine.redrive(which));
    }

    @Override
    public CompletableFuture<Answer<TopicInfo>> putTopic(String topic, TopicSettings settings) {
        return ask(engine -> engine.putTopic(topic, settings));
    }

    @Override
    public CompletableFuture<Answer<TopicInfo>> topic(String topic) {
        return ask(engine -> engine.topic(topic));
    }

    @Override
    public CompletableFuture<Answer<Found<TopicInfo>>> topics(Page page) {
        return ask(engine -> engine.topics(page));
    }

    @Override
    public CompletableFuture<Answer<Boolean>> deleteTopic(String topic) {
        return ask(engine -> engine.deleteTopic(topic));
    }

    @Override
    public CompletableFuture<Answer<TopicInfo>> pauseTopic(String topic, boolean isPaused) {
        return ask(engine -> engine.pauseTopic(topic, isPaused));
    }

    /** All of them, as long as nobody leads who knows: somebody may by the time of the change. */
    @Override
    public Collection<String> otherTopics(Where where) {
        DelayEngine engine = current;
        return engine == null ? List.of("") : engine.otherTopics(where);
    }

    @Override
    public CompletableFuture<Answer<GroupInfo>> putGroup(Where where, GroupSettings settings) {
        return ask(engine -> engine.putGroup(where, settings));
    }

    @Override
    public CompletableFuture<Answer<Found<GroupInfo>>> groups(String topic, Page page) {
        return ask(engine -> engine.groups(topic, page));
    }

    @Override
    public CompletableFuture<Answer<Boolean>> deleteGroup(Where where) {
        return ask(engine -> engine.deleteGroup(where));
    }

    @Override
    public CompletableFuture<Answer<GroupInfo>> pauseGroup(Where where, boolean isPaused) {
        return ask(engine -> engine.pauseGroup(where, isPaused));
    }

    @Override
    public CompletableFuture<Answer<Statistics>> statistics(String topic) {
        return ask(engine -> engine.statistics(topic));
    }

    @Override
    public CompletableFuture<Health> health() {
        DelayEngine engine = current;
        return engine == null ? CompletableFuture.completedFuture(healthOfFollower()) : engine.health();
    }

    private Health healthOfFollower() {
        boolean isUp = isLedElsewhere.getAsBoolean();
        String detail = isUp ? "another member leads, and is asked" : "no member that serves HTTP is known to lead";
        return new Health(isUp, List.of(new Health.Part("group", isUp, detail)));
    }

    @Override
    public List<Metric> metrics() {
        DelayEngine engine = current;
        return engine == null ? List.of() : engine.metrics();
    }

    @Override
    public void close() {
        DelayEngine engine = current;
        if (engine != null) {
            engine.close();
        }
    }
}
