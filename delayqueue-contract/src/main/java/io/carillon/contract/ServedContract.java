package io.carillon.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** A contract over a server that is opened once for all of it, on a free port and without tokens. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ServedContract implements Conversations {
    private final AtomicInteger topics = new AtomicInteger();
    private final List<ApiClient> clients = new ArrayList<>();
    private int port;

    /** Opens the server; returns its port. Once. */
    protected abstract int open() throws Exception;

    /** Closes what {@link #open} opened. */
    protected abstract void shut() throws Exception;

    @BeforeAll
    final void start() throws Exception {
        port = open();
        clients.add(new JsonClient(port, ""));
        clients.add(new GrpcClient(port, ""));
    }

    @AfterAll
    final void stop() throws Exception {
        clients.forEach(ApiClient::close);
        shut();
    }

    @Override
    public final Conversation over(Over how) {
        return new Conversation(
                how == Over.HTTP ? clients.getFirst() : clients.getLast(), "contract-" + topics.incrementAndGet());
    }

    @Override
    public final JsonClient http() {
        return new JsonClient(port, "");
    }
}
