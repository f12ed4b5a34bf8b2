package io.carillon.contract;

import io.carillon.http.Caller;
import io.carillon.http.Callers;
import io.carillon.http.HttpConfig;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The embedded engine does what every engine must. */
class EmbeddedContractTest extends DelayQueueContract {
    private @Nullable EmbeddedServer server;

    @Override
    protected int open() throws Exception {
        server = new EmbeddedServer(HttpConfig.DEFAULT, new Callers() {
            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public @Nullable Caller byToken(String token) {
                return null;
            }

            @Override
            public @Nullable Caller byCertificate(String commonName) {
                return null;
            }
        });
        return server.port();
    }

    @Override
    protected void shut() throws Exception {
        Objects.requireNonNull(server).close();
    }
}
