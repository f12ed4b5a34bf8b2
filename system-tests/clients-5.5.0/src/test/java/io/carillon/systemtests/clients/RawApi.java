package io.carillon.systemtests.clients;

import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;

/** The official client's own calls, one by one, without the tools. */
final class RawApi {
    private static final long PATIENCE_MS = 10_000;

    private RawApi() {}

    @SuppressWarnings("deprecation") // the only way to these calls without the tools
    static MQClientAPIImpl of(Clients clients) throws Exception {
        return clients.producer()
                .getDefaultMQProducerImpl()
                .getMqClientFactory()
                .getMQClientAPIImpl();
    }

    /** Makes a group with default settings. */
    static void makeGroup(MQClientAPIImpl api, String broker, String group) throws Exception {
        SubscriptionGroupConfig config = new SubscriptionGroupConfig();
        config.setGroupName(group);
        api.createSubscriptionGroup(broker, config, PATIENCE_MS);
    }
}
