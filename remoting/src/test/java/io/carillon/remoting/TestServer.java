package io.carillon.remoting;

import static org.assertj.core.api.Assertions.fail;

import io.carillon.base.ByteSize;
import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** A server on a free port, with what a test wants to look at. */
final class TestServer implements AutoCloseable {
    static final RemotingConfig CONFIG = config(10_000, ByteSize.mib(16), ByteSize.mib(128), 120_000);
    private static final long DEADLINE_NS = 20_000_000_000L;

    final Counters counters = new Counters();
    final Dispatcher dispatcher = new Dispatcher();
    final IoGroup io;
    final RemotingServer server;

    TestServer(RemotingConfig config) throws IOException {
        io = IoGroup.open(1, Thread.ofPlatform().daemon().factory(), config, Ticker.system(), counters);
        server = RemotingServer.listen(io, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), dispatcher);
    }

    TestServer() throws IOException {
        this(CONFIG);
    }

    static RemotingConfig config(int connections, ByteSize perConnection, ByteSize inAll, long idleMs) {
        return new RemotingConfig(
                ByteSize.mib(16),
                ByteSize.mib(5),
                Duration.ofSeconds(30),
                ByteSize.mib(1),
                connections,
                1_000,
                perConnection,
                inAll,
                ByteSize.kib(512),
                Duration.ofMillis(idleMs),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                "");
    }

    TestPeer connect() throws IOException {
        return new TestPeer(server.port());
    }

    /** From now on answers this code with what it was asked: the field {@code n} and the body. */
    void echo(int code) {
        dispatcher.on(
                code,
                request ->
                        request.reply(Reply.ok().ext("n", request.required("n")).body(request.copyBody())));
    }

    long count(String counter) {
        return counters.snapshot().getOrDefault(counter, 0L);
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE_NS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                fail("did not happen in time: " + what);
            }
            Thread.onSpinWait();
            Thread.yield();
        }
    }

    @Override
    public void close() {
        server.close();
        io.close();
    }
}
