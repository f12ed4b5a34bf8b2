package io.carillon.contract;

import io.carillon.http.HttpConfig;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The embedded engine does what every engine must. */
class EmbeddedContractTest extends DelayQueueContract {
    private @Nullable EmbeddedServer server;

    @Override
    protected int open() throws Exception {
        server = new EmbeddedServer(HttpConfig.DEFAULT, new Everybody());
        return server.port();
    }

    @Override
    protected void shut() throws Exception {
        Objects.requireNonNull(server).close();
    }
}
