package io.carillon.broker;

import io.carillon.base.Agent;
import io.carillon.base.ByteSize;
import io.carillon.broker.pop.PopConfig;
import io.carillon.log.LogConfig;
import io.carillon.testkit.Changed;

/** Configurations of brokers whose segments fit into a disk in memory, and how such brokers are run step by step. */
public final class SmallBroker {
    private SmallBroker() {}

    /** All else as it is by default. */
    public static BrokerConfig config() {
        LogConfig small = Changed.copy(LogConfig.DEFAULT, "segmentSize", ByteSize.mib(1), "dedupCount", 1000);
        return Changed.copy(BrokerConfig.DEFAULT, "log", small);
    }

    /** With these limits on popping. */
    public static BrokerConfig config(PopConfig pop) {
        return Changed.copy(config(), "pop", pop);
    }

    public static BrokerConfig config(String name, boolean autoCreateTopics, int autoCreateQueues) {
        return Changed.copy(
                config(), "name", name, "autoCreateTopics", autoCreateTopics, "autoCreateQueues", autoCreateQueues);
    }

    /** Runs all agents of a broker until none has anything to do. */
    public static void work(Broker broker) {
        int done;
        do {
            done = 0;
            for (Agent agent : broker.agents()) {
                done += agent.doWork();
            }
        } while (done > 0);
    }
}
