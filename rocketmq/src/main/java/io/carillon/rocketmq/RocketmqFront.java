package io.carillon.rocketmq;

import io.carillon.broker.Broker;
import io.carillon.remoting.Dispatcher;
import java.util.List;

/** FACE: the request codes that a broker serves over the remoting protocol. */
public final class RocketmqFront {
    private final Broker broker;

    public RocketmqFront(Broker broker) {
        this.broker = broker;
    }

    /** Registers the handlers of all codes; before the server listens. */
    public void register(Dispatcher dispatcher) {
        HeartbeatGroups groups = new HeartbeatGroups(
                broker.groups(), broker.topics(), broker.config().autoCreateGroups());
        List<Handlers> families = List.of(
                new ProduceHandler(broker.produce(), broker.log()),
                new PullHandler(broker.pull(), broker.polls()),
                new ClientHandler(broker.clients(), broker.locks(), groups));
        families.forEach(family -> family.register(dispatcher));
    }
}
