package io.carillon.contract;

import io.carillon.broker.BrokerConfig;
import io.carillon.broker.pop.PopConfig;
import io.carillon.http.HttpConfig;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The embedded engine says what every engine must when as much as may be is under way. */
class EmbeddedSmallLimitsTest extends SmallLimitsContract {
    private @Nullable EmbeddedServer server;

    @Override
    protected int open() throws Exception {
        BrokerConfig all = BrokerConfig.DEFAULT;
        BrokerConfig little = new BrokerConfig(
                all.name(),
                all.cluster(),
                all.autoCreateTopics(),
                all.autoCreateGroups(),
                all.autoCreateQueues(),
                all.messageSizeMax(),
                all.clientTimeout(),
                all.lockTimeout(),
                all.pullMessagesMax(),
                all.pullBytesMax(),
                all.longPollMax(),
                3,
                all.storeReplies(),
                all.propertyFilter(),
                all.lightQueuesMax(),
                new PopConfig(2, all.pop().inFlightTotalMax(), 2),
                all.schedule(),
                all.transaction(),
                all.log());
        server = new EmbeddedServer(HttpConfig.DEFAULT, new Everybody(), little);
        return server.port();
    }

    @Override
    protected void shut() throws Exception {
        Objects.requireNonNull(server).close();
    }
}
