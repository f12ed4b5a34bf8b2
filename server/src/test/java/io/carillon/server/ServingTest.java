package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.broker.Broker;
import io.carillon.broker.BrokerStore;
import io.carillon.log.FileStorage;
import io.carillon.remoting.IoGroup;
import io.carillon.replication.RaftGroup;
import io.carillon.replication.ReplicationConfig;
import io.carillon.replication.RoleListener;
import io.carillon.replication.Transport;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What serves for a term, above the store of a group's only member. */
@Timeout(60)
class ServingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    @Test
    void nothingHoldsTheServicesOfATermThatHasEnded(@TempDir Path folder) throws Exception {
        ConfigReader.Effective effective = ConfigReader.read(
                null, Map.of(), List.of(new ConfigReader.FlagValue("--set", "log.segment-size", "4MiB")));
        ServerConfig config = effective.config();
        Counters counters = new Counters();
        Threads threads = new Threads();
        BrokerStore store = BrokerStore.openReplica(
                config.broker(), new FileStorage(folder), Ticker.system(), counters, "", _ -> false);
        threads.run(store.agents());
        try (threads;
                IoGroup io = IoGroup.open(1, threads.io(), config.remoting(), Ticker.system(), counters);
                RaftGroup group = lead(store, folder.resolve("raft"), io)) {
            Serving.Parts parts = new Serving.Parts(
                    store,
                    new RunningSettings(effective.all(), _ -> {
                        throw new IllegalStateException("nothing is changed here");
                    }),
                    Ticker.system(),
                    counters,
                    new Random(1),
                    threads,
                    io,
                    null,
                    () -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                    (_, told) -> told.accept(null),
                    () -> CompletableFuture.completedFuture(null),
                    null);
            WeakReference<Broker> ended = serveForATerm(parts);

            assertThat(counters.snapshot())
                    .doesNotContainKey("messages_in_flight")
                    .containsKey("log_bytes");
            awaitGone(ended);
            threads.stopAgents(PATIENCE);
        } finally {
            store.close();
        }
    }

    private static RaftGroup lead(BrokerStore store, Path raft, IoGroup io) throws Exception {
        String self;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            self = "127.0.0.1:" + socket.getLocalPort();
        }
        CountDownLatch leads = new CountDownLatch(1);
        RaftGroup group = new RaftGroup(
                new ReplicationConfig("g", self, List.of(self), raft, Duration.ofMillis(300)),
                new Transport(io, null, null, Secret.NONE, new Random(1)),
                store.log(),
                new RoleListener() {
                    @Override
                    public void leads(long term, Runnable open) {
                        open.run();
                        leads.countDown();
                    }

                    @Override
                    public void follows() {}

                    @Override
                    public void failed() {
                        throw new IllegalStateException("the member failed");
                    }
                });
        assertThat(leads.await(20, TimeUnit.SECONDS)).isTrue();
        return group;
    }

    /** Begins and ends as {@link Member} does it. */
    private static WeakReference<Broker> serveForATerm(Serving.Parts parts) throws InterruptedException {
        Serving serving = Serving.begin(parts);
        Threads.Running agents = parts.threads().run(serving.agents());
        assertThat(parts.counters().snapshot()).containsKey("messages_in_flight");
        serving.answerAll();
        agents.stop(PATIENCE);
        serving.close();
        return new WeakReference<>(serving.broker());
    }

    private static void awaitGone(WeakReference<?> ended) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (ended.get() != null) {
            assertThat(System.nanoTime()).as("something holds it").isLessThan(deadline);
            System.gc();
        }
    }
}
