package io.carillon.broker;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException;
import io.carillon.base.Counters;
import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import io.carillon.broker.access.AccessService;
import io.carillon.broker.admin.Stats;
import io.carillon.broker.consume.ReadCounts;
import io.carillon.broker.metadata.Members;
import io.carillon.broker.metadata.ReplicatedState;
import io.carillon.broker.metadata.Topics;
import io.carillon.broker.tally.Sampler;
import io.carillon.broker.tally.Tallies;
import io.carillon.broker.transaction.KeptHalves;
import io.carillon.log.MessageLog;
import io.carillon.log.ReplicaCopy;
import io.carillon.schedule.WaitingMessages;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a broker keeps: the log, the state that is a function of it, and what must outlive the log's old segments. Open for
 * as long as the process lives; the services of a {@link Broker} stand above it for as long as this replica leads.
 */
public final class BrokerStore implements AutoCloseable {
    private final Storage storage;
    private final boolean isReplica;
    private final ReplicatedState state;
    private final MessageLog log;
    private final AccessService access;
    private final WaitingMessages waiting;
    private final KeptHalves halves;

    /** @param machineRun null for a broker that has its log for itself */
    private BrokerStore(
            BrokerConfig config, Storage storage, Ticker ticker, Counters counters, @Nullable String machineRun) {
        this.storage = storage;
        isReplica = machineRun != null;
        state = new ReplicatedState(ticker);
        log = machineRun == null
                ? MessageLog.open(config.log(), storage, ticker, state, counters)
                : MessageLog.openReplica(config.log(), storage, ticker, state, counters, machineRun);
        state.attach(log);
        access = new AccessService(state.access(), state::changeAccess);
        try {
            waiting = WaitingMessages.open(storage, log, state.schedule());
            halves = KeptHalves.open(log, state.halves());
        } catch (CarillonException e) {
            log.close();
            throw e;
        }
    }

    /**
     * Opens the data folder of a broker that has its log for itself, and recovers.
     *
     * @throws CarillonException.Corrupt when what is stored does not read back
     */
    public static BrokerStore open(BrokerConfig config, Storage storage, Ticker ticker, Counters counters) {
        return new BrokerStore(config, storage, ticker, counters, null);
    }

    /**
     * Likewise, of a broker whose log is one of several replicas: see {@link MessageLog#openReplica}. A damaged log is set
     * aside, to be copied from the others; but not one that nobody else has.
     *
     * @param machineRun differs for every start of the machine
     * @param isHeldByOthers whether others have what was acknowledged of the log in a data folder
     * @throws CarillonException.Corrupt when what is stored does not read back, and is the only one
     * @throws CarillonException.NotUnderstood when a newer version wrote it: copies of others would read no better
     */
    public static BrokerStore openReplica(
            BrokerConfig config,
            Storage storage,
            Ticker ticker,
            Counters counters,
            String machineRun,
            Predicate<Storage> isHeldByOthers) {
        try {
            return new BrokerStore(config, storage, ticker, counters, machineRun);
        } catch (CarillonException.Corrupt damaged) {
            if (!isHeldByOthers.test(storage)) {
                throw damaged;
            }
            ReplicaCopy.setAside(storage, config.name(), String.valueOf(damaged.getMessage()));
            return new BrokerStore(config, storage, ticker, counters, machineRun);
        }
    }

    public MessageLog log() {
        return log;
    }

    /** Users and policies. */
    public AccessService access() {
        return access;
    }

    /** Topics, as far as the log took effect here. */
    public Topics topics() {
        return state.topics();
    }

    /** The figures of this copy from now on, for as long as another replica leads: nobody reads here. */
    public Stats stats(Ticker ticker) {
        Tallies none = new Tallies(ticker);
        return new Stats(
                state.topics(),
                log,
                storage,
                new ReadCounts(none, new Counters()),
                new Sampler(ticker, List.of(), (_, _) -> false, none.all()),
                ticker);
    }

    /** Where the members of this broker's group are. */
    public Members members() {
        return state.members();
    }

    /** Whether the log is one of several replicas. */
    boolean isReplica() {
        return isReplica;
    }

    ReplicatedState state() {
        return state;
    }

    Storage storage() {
        return storage;
    }

    WaitingMessages waiting() {
        return waiting;
    }

    KeptHalves halves() {
        return halves;
    }

    /** What must run for as long as this is open, as {@link MessageLog#agents} has it. */
    public List<Agent> agents() {
        return log.agents();
    }

    /** Forces everything and closes; the agents must have stopped. */
    @Override
    public void close() {
        log.close();
        waiting.close();
    }
}
