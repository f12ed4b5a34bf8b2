package io.carillon.broker;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException;
import io.carillon.base.Counters;
import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.Sink;
import io.carillon.broker.access.AccessService;
import io.carillon.broker.admin.AdminService;
import io.carillon.broker.admin.ConnectedClients;
import io.carillon.broker.admin.NamedStats;
import io.carillon.broker.admin.Stats;
import io.carillon.broker.admin.SystemNames;
import io.carillon.broker.client.Clients;
import io.carillon.broker.consume.LongPolls;
import io.carillon.broker.consume.PopPolls;
import io.carillon.broker.consume.PullService;
import io.carillon.broker.consume.QueueLocks;
import io.carillon.broker.consume.ReadCounts;
import io.carillon.broker.delayqueue.EmbeddedEngine;
import io.carillon.broker.delayqueue.Parts;
import io.carillon.broker.delayqueue.TopicSink;
import io.carillon.broker.filter.Filters;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.LightTopics;
import io.carillon.broker.metadata.Members;
import io.carillon.broker.metadata.Offsets;
import io.carillon.broker.metadata.ReplicatedState;
import io.carillon.broker.metadata.RequestModes;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.broker.pop.PopService;
import io.carillon.broker.produce.DelayRules;
import io.carillon.broker.produce.ProduceService;
import io.carillon.broker.produce.TransactionRules;
import io.carillon.broker.retry.RetryService;
import io.carillon.broker.tally.Sampler;
import io.carillon.broker.tally.Tallies;
import io.carillon.broker.transaction.TransactionFigures;
import io.carillon.broker.transaction.TransactionService;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.MessageRecord;
import io.carillon.message.Topic;
import io.carillon.schedule.Scheduler;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Builds the services above one log; holds no logic. Only a front's entry class and the server import it. */
public final class Broker implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Broker.class.getName());

    private volatile BrokerConfig config;
    private final Counters counters;
    private final BrokerStore store;
    private final boolean ownsStore;
    private final ReplicatedState state;
    private final MessageLog log;
    private final AdminService admin;
    private final Scheduler scheduler;
    private final ProduceService produce;
    private final RetryService retry;
    private final TransactionService transactions;
    private final LightTopics lightTopics;
    private final Clients clients;
    private final QueueLocks locks;
    private final LongPolls polls;
    private final PullService pull;
    private final PopPolls popPolls;
    private final PopService pop;
    private final Sampler sampler;
    private final Wakeups wakeups;

    private Broker(
            BrokerStore store,
            boolean ownsStore,
            BrokerConfig config,
            Ticker ticker,
            Counters allCounters,
            RandomGenerator random,
            Executor coldReads) {
        this.store = store;
        this.ownsStore = ownsStore;
        this.config = config;
        counters = allCounters.ofPart();
        SystemNames systemNames = new SystemNames(config.name(), config.cluster(), templateQueues(config));
        state = store.state();
        log = store.log();
        new FirstStart(state, ownsStore ? store.agents() : List.of(), ticker).make(systemNames);
        scheduler = new Scheduler(
                log, store.waiting(), config.schedule(), this::targetOf, state::scheduleEntry, ticker, counters);
        DelayRules delays = new DelayRules(scheduler, ticker, random);
        locks = new QueueLocks(
                ticker, config.lockTimeout(), store.isReplica() ? state.locks()::put : QueueLocks.Keeper.NONE);
        if (store.isReplica()) {
            log.betweenEntries(state.offsets()::forgetUnwritten);
            state.locks().forEach(locks::load);
        }
        clients = new Clients(ticker, config.clientTimeout(), this::tellsMembers, new Filters(config.propertyFilter()));
        if (store.isReplica()) {
            clients.takeOver();
        }
        transactions = openTransactions(ticker, coldReads);
        TransactionRules transactionRules = new TransactionRules(
                () -> config().transaction(),
                () -> transactions.undecidedCount() < config().transaction().undecidedMax(),
                ticker,
                counters);
        lightTopics = new LightTopics(state.topics(), config.lightQueuesMax());
        produce = new ProduceService(
                this::config,
                state.topics(),
                state.groups(),
                delays,
                transactionRules,
                lightTopics,
                locks::isHeld,
                ticker,
                random,
                counters);
        Tallies read = new Tallies(ticker);
        Tallies sentBack = new Tallies(ticker);
        sampler = new Sampler(ticker, List.of(read, sentBack), this::exist, read.all());
        retry = new RetryService(
                log,
                state.topics(),
                state.groups(),
                scheduler,
                produce::storeHostBytes,
                ticker,
                random,
                coldReads,
                sentBack,
                counters);
        polls = new LongPolls(ticker, config.longPollsMax(), config.longPollMax());
        ReadCounts reads = new ReadCounts(read, counters);
        pull = new PullService(
                this::config,
                log,
                state.topics(),
                state.groups(),
                state.offsets(),
                state.forbidden(),
                lightTopics,
                clients,
                coldReads,
                reads);
        popPolls = new PopPolls(
                ticker,
                config.longPollsMax(),
                config.pop().pollsMax(),
                config.longPollMax().toMillis());
        pop = new PopService(
                this::config,
                log,
                state,
                clients.filters(),
                popPolls,
                reads,
                produce::storeHostBytes,
                ticker,
                random,
                coldReads,
                counters);
        wakeups = new Wakeups(log, state.topics(), scheduler, transactions, polls, popPolls, locks);
        wakeups.listenTo(state);
        Stats stats = new Stats(state.topics(), log, store.storage(), reads, sampler, ticker);
        admin = new AdminService(
                state.topics(),
                state.groups(),
                state.offsets(),
                state.forbidden(),
                log,
                new ConnectedClients(clients),
                systemNames,
                stats,
                new NamedStats(state.topics(), stats, read, sentBack, this::exist, ticker),
                this::handedOut,
                ticker);
    }

    /** A group pulls or pops, and may have changed from one to the other. */
    private long handedOut(String group, String topic, int queue) {
        return Math.max(state.offsets().handedOut(group, topic, queue), pop.handedOut(group, topic, queue));
    }

    private TransactionService openTransactions(Ticker ticker, Executor coldReads) {
        return new TransactionService(
                config.name(),
                log,
                store.halves(),
                state.topics(),
                state.halves(),
                state::decisionEntry,
                clients,
                () -> config().transaction(),
                ticker,
                coldReads,
                new TransactionFigures(counters));
    }

    /** Where a message goes that is due: a topic may have lost queues meanwhile. */
    private @Nullable ConsumeQueue targetOf(MemorySegment bytes, long at) {
        TopicState topic = state.topics().find(MessageRecord.topic(bytes, at));
        if (topic == null || !topic.config().isWritable() || topic.config().queues() == 0) {
            return null;
        }
        return topic.queue(MessageRecord.queueId(bytes, at) % topic.config().queues());
    }

    private boolean exist(String topic, String group) {
        return state.topics().find(topic) != null && state.groups().find(group) != null;
    }

    private boolean tellsMembers(String name) {
        ConsumerGroup group = state.groups().find(name);
        return group == null || group.notifyMembers();
    }

    /**
     * Opens the data folder, recovers, and makes the system topics that must exist.
     *
     * @param coldReads runs reads that wait for the disk; must take every task
     * @throws CarillonException.Corrupt when what is stored does not read back
     * @throws CarillonException.BadConfig when a configured name cannot be the name of a topic
     * @throws CarillonException.StorageFault when the system topics could not be stored
     */
    public static Broker open(
            BrokerConfig config,
            Storage storage,
            Ticker ticker,
            Counters counters,
            RandomGenerator random,
            Executor coldReads) {
        BrokerStore store = BrokerStore.open(config, storage, ticker, counters);
        try {
            return new Broker(store, true, config, ticker, counters, random, coldReads);
        } catch (CarillonException e) {
            store.close();
            throw e;
        }
    }

    /**
     * Serves above a store whose log takes appends now, and makes the system topics that must exist; the store stays open
     * when this is closed. Its agents must run.
     *
     * @param coldReads as {@link #open} has it
     * @throws CarillonException.StorageFault when the system topics could not be stored, also because another one leads
     */
    public static Broker above(
            BrokerStore store,
            BrokerConfig config,
            Ticker ticker,
            Counters counters,
            RandomGenerator random,
            Executor coldReads) {
        return new Broker(store, false, config, ticker, counters, random, coldReads);
    }

    /** What is in force. Any thread. */
    public BrokerConfig config() {
        return config;
    }

    /**
     * Behaves otherwise from now on, as to what may change while a broker runs; what is under way goes on by what held
     * when it began. What is only looked at when the broker is made stays as it is. One thread at a time; stores nothing
     * but the template for topics, which is durable and in force soon after this.
     */
    public void reconfigure(BrokerConfig newConfig) {
        config = newConfig;
        log.reconfigure(newConfig.log());
        scheduler.reconfigure(newConfig.schedule());
        transactions.reconfigured();
        locks.timeToLive(newConfig.lockTimeout());
        clients.timeout(newConfig.clientTimeout());
        clients.filters().byProperties(newConfig.propertyFilter());
        lightTopics.countMax(newConfig.lightQueuesMax());
        polls.limits(newConfig.longPollsMax(), newConfig.longPollMax());
        popPolls.limits(
                newConfig.longPollsMax(),
                newConfig.pop().pollsMax(),
                newConfig.longPollMax().toMillis());
        putTemplate(templateQueues(newConfig));
    }

    private static int templateQueues(BrokerConfig config) {
        return config.autoCreateTopics() ? Math.max(1, config.autoCreateQueues()) : 0;
    }

    /** The template follows the configuration; where it cannot be stored now, the next start does it. */
    private void putTemplate(int queues) {
        Topic template = SystemNames.template(queues);
        TopicState before = state.topics().find(template.name());
        if (queues > 0 && (before == null || !before.config().equals(template))) {
            state.topics().put(List.of(template), refusal -> {
                if (refusal != null) {
                    LOG.log(Level.WARNING, "the template for topics could not be changed: {0}", refusal);
                }
            });
        }
    }

    public MessageLog log() {
        return log;
    }

    public Topics topics() {
        return state.topics();
    }

    public Groups groups() {
        return state.groups();
    }

    public Offsets offsets() {
        return state.offsets();
    }

    public AdminService admin() {
        return admin;
    }

    /** Users and policies. */
    public AccessService access() {
        return store.access();
    }

    public Scheduler scheduler() {
        return scheduler;
    }

    public ProduceService produce() {
        return produce;
    }

    public RetryService retry() {
        return retry;
    }

    public TransactionService transactions() {
        return transactions;
    }

    public PullService pull() {
        return pull;
    }

    public LongPolls polls() {
        return polls;
    }

    public PopService pop() {
        return pop;
    }

    public PopPolls popPolls() {
        return popPolls;
    }

    public RequestModes requestModes() {
        return state.requestModes();
    }

    /** Where the members of this broker's group are. */
    public Members members() {
        return state.members();
    }

    public Clients clients() {
        return clients;
    }

    public QueueLocks locks() {
        return locks;
    }

    /**
     * The delay queue over this broker; made once.
     *
     * @param receiptKey see {@link EmbeddedEngine}
     * @param blocking runs what may wait for the disk; takes every task, any number at once
     */
    public EmbeddedEngine delayQueue(
            Supplier<byte[]> receiptKey, Ticker ticker, RandomGenerator random, Executor blocking) {
        return new EmbeddedEngine(partsOfDelayQueue(ticker, random, blocking), receiptKey);
    }

    /**
     * Where a delay queue that keeps its messages elsewhere lets them go when they are due: this broker's topics.
     *
     * @param blocking runs what others must not wait for; takes every task
     */
    public Sink sink(Ticker ticker, RandomGenerator random, Executor blocking) {
        return new TopicSink(partsOfDelayQueue(ticker, random, blocking));
    }

    private Parts partsOfDelayQueue(Ticker ticker, RandomGenerator random, Executor blocking) {
        return new Parts(
                this::config,
                log,
                state.topics(),
                state.groups(),
                state.offsets(),
                admin,
                produce,
                pop,
                scheduler,
                counters,
                ticker,
                random,
                blocking,
                store.isReplica());
    }

    public Counters counters() {
        return counters;
    }

    /** Everything that must run while the broker serves; each on a thread of the caller's choice. */
    public List<Agent> agents() {
        List<Agent> all = new ArrayList<>(ownsStore ? store.agents() : List.of());
        all.add(state.offsets());
        all.add(polls);
        all.add(popPolls);
        all.addAll(pop.agents());
        all.add(clients);
        all.add(scheduler.agent());
        all.add(transactions.agent());
        all.add(sampler);
        return all;
    }

    /**
     * Serves no more; the agents must have stopped. Writes the offsets that wait, if the log still takes them, and closes what
     * it has opened itself. Where another broker leads by now, what the log does not hold is forgotten.
     */
    @Override
    public void close() {
        polls.stop();
        popPolls.stop();
        if (!store.isReplica()) { // else whoever leads by now hears of it again, and it might be this one
            state.offsets().write();
            pop.close();
        }
        transactions.close();
        wakeups.end();
        state.forgetListeners();
        counters.forgetGauges();
        state.offsets().forgetUnwritten();
        if (ownsStore) {
            store.close();
        }
    }
}
