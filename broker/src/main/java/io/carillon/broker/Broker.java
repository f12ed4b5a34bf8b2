package io.carillon.broker;

import io.carillon.base.Agent;
import io.carillon.base.Counters;
import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import io.carillon.broker.metadata.Groups;
import io.carillon.broker.metadata.Offsets;
import io.carillon.broker.metadata.Topics;
import io.carillon.log.MessageLog;
import java.util.List;

/** Builds the services above one log; holds no logic. Only a front's entry class and the server import it. */
public final class Broker implements AutoCloseable {
    private Broker() {}

    /** Opens the data folder, recovers, and makes the system topics that must exist. */
    public static Broker open(BrokerConfig config, Storage storage, Ticker ticker, Counters counters) {
        throw new IllegalStateException("skeleton");
    }

    public BrokerConfig config() {
        throw new IllegalStateException("skeleton");
    }

    public MessageLog log() {
        throw new IllegalStateException("skeleton");
    }

    public Topics topics() {
        throw new IllegalStateException("skeleton");
    }

    public Groups groups() {
        throw new IllegalStateException("skeleton");
    }

    public Offsets offsets() {
        throw new IllegalStateException("skeleton");
    }

    public Counters counters() {
        throw new IllegalStateException("skeleton");
    }

    /** Everything that must run while the broker serves; each on a thread of the caller's choice. */
    public List<Agent> agents() {
        throw new IllegalStateException("skeleton");
    }

    @Override
    public void close() {
        throw new IllegalStateException("skeleton");
    }
}
