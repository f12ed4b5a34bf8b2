package io.carillon.broker;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException;
import io.carillon.base.Counters;
import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import io.carillon.broker.admin.AdminService;
import io.carillon.broker.admin.LiveClients;
import io.carillon.broker.admin.Stats;
import io.carillon.broker.admin.SystemNames;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.Offsets;
import io.carillon.broker.metadata.ReplicatedState;
import io.carillon.broker.metadata.Topics;
import io.carillon.log.MessageLog;
import java.util.ArrayList;
import java.util.List;

/** Builds the services above one log; holds no logic. Only a front's entry class and the server import it. */
public final class Broker implements AutoCloseable {
    private final BrokerConfig config;
    private final Counters counters;
    private final ReplicatedState state;
    private final MessageLog log;
    private final AdminService admin;

    private Broker(BrokerConfig config, Storage storage, Ticker ticker, Counters counters) {
        this.config = config;
        this.counters = counters;
        SystemNames systemNames = new SystemNames(config.name(), config.cluster(), config.autoCreateTopics());
        state = new ReplicatedState(ticker);
        log = MessageLog.open(config.log(), storage, ticker, state, counters);
        state.attach(log);
        makeWhatMustExist(systemNames, ticker);
        Stats stats = new Stats(state.topics(), log, storage, counters, ticker);
        admin = new AdminService(
                state.topics(), state.groups(), state.offsets(), log, LiveClients.NONE, systemNames, stats, ticker);
    }

    private void makeWhatMustExist(SystemNames names, Ticker ticker) {
        try {
            new FirstStart(state, log, ticker).make(names);
        } catch (CarillonException e) {
            log.close();
            throw e;
        }
    }

    /**
     * Opens the data folder, recovers, and makes the system topics that must exist.
     *
     * @throws CarillonException.Corrupt when what is stored does not read back
     * @throws CarillonException.BadConfig when a configured name cannot be the name of a topic
     * @throws CarillonException.StorageFault when the system topics could not be stored
     */
    public static Broker open(BrokerConfig config, Storage storage, Ticker ticker, Counters counters) {
        return new Broker(config, storage, ticker, counters);
    }

    public BrokerConfig config() {
        return config;
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

    public Counters counters() {
        return counters;
    }

    /** Everything that must run while the broker serves; each on a thread of the caller's choice. */
    public List<Agent> agents() {
        List<Agent> all = new ArrayList<>(log.agents());
        all.add(state.offsets());
        return all;
    }

    /** Writes the offsets that wait, forces everything and closes; the agents must have stopped. */
    @Override
    public void close() {
        state.offsets().write();
        log.close();
    }
}
