package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.message.Topic;
import io.carillon.nameserver.BrokerGroup;
import io.carillon.nameserver.BrokerRegistration;
import io.carillon.nameserver.NameServer;
import io.carillon.nameserver.NameServerConfig;
import io.carillon.nameserver.TableVersion;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.testkit.ManualTicker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RegistrarTest {
    private static final InetSocketAddress FIRST = InetSocketAddress.createUnresolved("first", 9876);
    private static final InetSocketAddress SECOND = InetSocketAddress.createUnresolved("second", 9876);
    private static final BrokerIdentity SELF =
            new BrokerIdentity("DefaultCluster", "broker-a", 0, "127.0.0.1:10911", "127.0.0.1:10912", 0);

    private final ManualTicker ticker = new ManualTicker();
    private final Table topics = new Table();
    private final Map<InetSocketAddress, Remote> remotes = Map.of(FIRST, new Remote(), SECOND, new Remote());

    /** The broker's topics. */
    private static final class Table implements TopicTable {
        private final Map<String, Topic> byName = new TreeMap<>();
        private final List<Consumer<String>> listeners = new ArrayList<>();
        private long counter = 1;

        void put(Topic topic) {
            byName.put(topic.name(), topic);
            tell(topic.name());
        }

        void delete(String name) {
            byName.remove(name);
            tell(name);
        }

        private void tell(String name) {
            counter++;
            listeners.forEach(listener -> listener.accept(name));
        }

        @Override
        public TableVersion version() {
            return new TableVersion(0, 7, counter);
        }

        @Override
        public List<Topic> all() {
            return List.copyOf(byName.values());
        }

        @Override
        public @Nullable Topic find(String name) {
            return byName.get(name);
        }

        @Override
        public Runnable onChange(Consumer<String> listener) {
            listeners.add(listener);
            return () -> listeners.remove(listener);
        }
    }

    /** A name server behind a network that can be cut. */
    private final class Remote {
        NameServer names = new NameServer(NameServerConfig.DEFAULT, ticker, new Counters());
        final List<Integer> codes = new ArrayList<>();
        boolean isDown;

        CompletableFuture<Response> call(int code, Reply content) {
            codes.add(code);
            if (isDown) {
                return CompletableFuture.failedFuture(new IOException("refused"));
            }
            Reply reply = answer(code, content);
            return CompletableFuture.completedFuture(
                    new Response(reply.code(), reply.remark(), reply.ext(), reply.body()));
        }

        private Reply answer(int code, Reply content) {
            Map<String, String> ext = content.ext();
            RegistrationHandler handler = new RegistrationHandler(names, Runnable::run);
            return switch (code) {
                case RequestCode.QUERY_DATA_VERSION -> {
                    names.heartbeat(ext.get("brokerAddr"), this);
                    yield handler.compareVersions(ext.get("brokerAddr"), content.body());
                }
                case RequestCode.UNREGISTER_BROKER -> {
                    names.unregister(ext.get("brokerName"), ext.get("brokerAddr"));
                    yield Reply.ok();
                }
                case RequestCode.REGISTER_BROKER -> handler.register(head(ext), content.body(), this);
                default -> throw new AssertionError("code " + code);
            };
        }

        private RegistrationHandler.Head head(Map<String, String> ext) {
            return new RegistrationHandler.Head(
                    ext.get("clusterName"),
                    ext.get("brokerName"),
                    Long.parseLong(ext.get("brokerId")),
                    ext.get("brokerAddr"),
                    ext.get("haServerAddr"),
                    null,
                    Boolean.parseBoolean(ext.get("enableActingMaster")),
                    120_000,
                    Boolean.parseBoolean(ext.get("compressed")),
                    Integer.parseInt(ext.get("bodyCrc32")));
        }

        /** Forgets everything, as a restart does. */
        void restart() {
            names = new NameServer(NameServerConfig.DEFAULT, ticker, new Counters());
        }
    }

    private Registrar registrar(@Nullable NameServer embedded, InetSocketAddress... addresses) {
        return new Registrar(
                SELF,
                topics,
                embedded,
                List.of(addresses),
                (address, code, content, _) -> remotes.get(address).call(code, content),
                ticker,
                new SplittableRandom(1));
    }

    private static void work(Registrar registrar) {
        for (int i = 0; i < 100 && registrar.doWork() > 0; i++) {
            assertThat(i).as("rounds of work").isLessThan(99);
        }
    }

    private void workFor(Registrar registrar, long ms) {
        for (long left = ms; left > 0; left -= 50) {
            work(registrar);
            ticker.advanceMs(50);
        }
        work(registrar);
    }

    @Test
    void theEmbeddedNameServerKnowsEachChangeAtOnce() {
        NameServer names = remotes.get(FIRST).names;
        topics.put(Topic.of("orders", 4));
        Registrar registrar = registrar(names);
        assertThat(registrar.isRegistered()).isFalse();

        registrar.start();
        assertThat(registrar.registered()).isCompleted();
        assertThat(registrar.isRegistered()).isTrue();
        assertThat(names.topics()).containsExactly("orders");
        topics.put(Topic.of("bills", 2));
        assertThat(names.route("bills")).isPresent();
        topics.put(Topic.of("bills", 3));
        assertThat(names.route("bills").orElseThrow().queues().getFirst().readQueues())
                .isEqualTo(3);
        topics.delete("orders");
        assertThat(names.topics()).containsExactly("bills");
        assertThat(registrar.restNs()).isEqualTo(30_000_000_000L);

        registrar.close();
        assertThat(names.brokerGroups()).isEmpty();
        workFor(registrar, 31_000);
        assertThat(names.brokerGroups()).as("it does not come back").isEmpty();
    }

    @Test
    void theEmbeddedNameServerLearnsAgainWhatOthersTookAway() {
        NameServer names = remotes.get(FIRST).names;
        topics.put(Topic.of("orders", 4));
        topics.put(Topic.of("bills", 4));
        Registrar registrar = registrar(names);
        registrar.start();

        names.deleteTopic("orders");
        workFor(registrar, 30_000);
        assertThat(names.topics()).as("deleted by an operator").containsExactly("bills", "orders");

        names.unregister(SELF.name(), SELF.address());
        workFor(registrar, 30_000);
        assertThat(names.topics()).as("unregistered by somebody").containsExactly("bills", "orders");

        names.register(foreign());
        workFor(registrar, 30_000);
        assertThat(names.brokerGroup(SELF.name()).orElseThrow().addresses())
                .as("a broker of the same name came")
                .containsOnly(Map.entry(0L, SELF.address()));
    }

    private static BrokerRegistration foreign() {
        return new BrokerRegistration(
                SELF.cluster(),
                SELF.name(),
                0,
                "10.0.0.9:10911",
                "10.0.0.9:10912",
                null,
                false,
                new TableVersion(0, 9, 9),
                List.of(),
                Set.of(),
                120_000,
                new Object());
    }

    @Test
    void aRemoteNameServerLearnsAgainWhatAnOperatorDeletedThere() {
        topics.put(Topic.of("orders", 4));
        topics.put(Topic.of("bills", 4));
        Registrar registrar = registrar(null, FIRST);
        registrar.start();
        work(registrar);
        Remote remote = remotes.get(FIRST);

        remote.names.deleteTopic("orders");
        workFor(registrar, 33_050);

        assertThat(remote.names.topics()).containsExactly("bills", "orders");
    }

    @Test
    void aRemoteNameServerGetsALargeTableNowAndThenAndAQuestionEveryHalfMinute() {
        IntStream.range(0, 2_998).forEach(i -> topics.put(Topic.of("topic-" + i, 1)));
        topics.put(Topic.of("orders", 4));
        topics.put(Topic.of("bills", 4));
        Registrar registrar = registrar(null, FIRST);
        registrar.start();
        assertThat(registrar.registered()).isNotCompleted();
        work(registrar);

        Remote remote = remotes.get(FIRST);
        assertThat(registrar.registered()).isCompleted();
        assertThat(remote.names.topics()).hasSize(3_000);
        assertThat(remote.names.brokerGroups())
                .extracting(BrokerGroup::addresses)
                .containsExactly(new TreeMap<>(Map.of(0L, "127.0.0.1:10911")));
        assertThat(registrar.restNs()).isBetween(27_000_000_000L, 33_000_000_000L);

        workFor(registrar, 132_100);
        assertThat(remote.codes).startsWith(103, 322, 322, 322, 103).doesNotContain(104);
    }

    @Test
    void manyChangesGoTogetherSoonAfter() {
        topics.put(Topic.of("old", 1));
        topics.put(Topic.of("kept", 1));
        Registrar registrar = registrar(null, FIRST);
        int[] wakes = {0};
        registrar.wakeBy(() -> wakes[0]++);
        registrar.start();
        work(registrar);
        ticker.advanceMs(1_000);
        Remote remote = remotes.get(FIRST);
        remote.codes.clear();
        wakes[0] = 0;

        topics.put(Topic.of("first", 1));
        assertThat(wakes[0]).isEqualTo(1);
        assertThat(registrar.restNs()).isZero();
        work(registrar);
        IntStream.range(0, 50).forEach(i -> topics.put(Topic.of("topic-" + i, 1)));
        topics.delete("old");
        assertThat(registrar.restNs()).isEqualTo(100_000_000L);
        ticker.advanceMs(100);
        work(registrar);

        assertThat(remote.names.topics())
                .hasSize(52)
                .contains("first", "kept", "topic-49")
                .doesNotContain("old");
        assertThat(remote.codes).containsExactly(103, 103);
    }

    @Test
    void saysWhenRemoteNameServersKnowWhatChangedAndDoesNotWaitForOneThatIsDown() {
        Registrar registrar = registrar(null, FIRST, SECOND);
        registrar.start();
        work(registrar);
        assertThat(registrar.told()).as("nothing changed").isCompleted();

        topics.put(Topic.of("new", 1));
        CompletableFuture<Void> told = registrar.told();
        assertThat(told).isNotCompleted();
        work(registrar); // at once, though the last request was a moment ago
        assertThat(told).isCompleted();
        assertThat(remotes.get(FIRST).names.topics()).contains("new");
        assertThat(remotes.get(SECOND).names.topics()).contains("new");

        remotes.get(SECOND).isDown = true;
        topics.put(Topic.of("newer", 1));
        CompletableFuture<Void> half = registrar.told();
        work(registrar);
        assertThat(half).isCompleted();
        assertThat(remotes.get(FIRST).names.topics()).contains("newer");

        topics.put(Topic.of("newest", 1));
        CompletableFuture<Void> other = registrar.told();
        work(registrar);
        assertThat(other).isCompleted();
    }

    @Test
    void aNameServerThatLostEverythingGetsTheWholeTableWithTheNextBeat() {
        topics.put(Topic.of("orders", 4));
        topics.put(Topic.of("bills", 4));
        Registrar registrar = registrar(null, FIRST);
        registrar.start();
        work(registrar);
        Remote remote = remotes.get(FIRST);

        remote.restart();
        topics.put(Topic.of("new", 1));
        workFor(registrar, 1_000);
        assertThat(remote.names.topics()).containsExactly("new");
        workFor(registrar, 33_000);

        assertThat(remote.names.topics()).containsExactly("bills", "new", "orders");
    }

    @Test
    void oneThatIsDownIsTriedAgainWithGrowingPausesAndHindersNoOther() {
        topics.put(Topic.of("orders", 4));
        Registrar registrar = registrar(null, FIRST, SECOND);
        Remote down = remotes.get(FIRST);
        down.isDown = true;
        registrar.start();
        work(registrar);

        assertThat(registrar.isRegistered()).isTrue();
        assertThat(remotes.get(SECOND).names.topics()).containsExactly("orders");
        workFor(registrar, 20_000);
        assertThat(down.codes).hasSizeBetween(4, 6).containsOnly(103);

        topics.delete("orders");
        topics.put(Topic.of("bills", 1));
        down.isDown = false;
        workFor(registrar, 40_000);
        assertThat(down.names.topics()).containsExactly("bills");
        assertThat(remotes.get(SECOND).names.topics()).containsExactly("bills");
    }

    @Test
    void aDeletionThatCouldNotBeToldIsToldAgain() {
        topics.put(Topic.of("orders", 4));
        topics.put(Topic.of("bills", 4));
        Registrar registrar = registrar(null, FIRST);
        registrar.start();
        work(registrar);
        Remote remote = remotes.get(FIRST);

        remote.isDown = true;
        topics.delete("orders");
        workFor(registrar, 1_000);
        remote.isDown = false;
        workFor(registrar, 5_000);

        assertThat(remote.names.topics()).containsExactly("bills");
    }

    @Test
    void aTableOfManyTopicsGoesInParts() {
        int count = RemoteRegistration.TOPICS_PER_REQUEST_MAX * 2 + 1;
        IntStream.range(0, count).forEach(i -> topics.put(Topic.of("topic-" + i, 1)));
        Registrar registrar = registrar(null, FIRST);
        registrar.start();
        work(registrar);
        assertThat(registrar.registered()).isNotCompleted();
        topics.delete("topic-9999");
        workFor(registrar, 500);

        Remote remote = remotes.get(FIRST);
        assertThat(registrar.registered()).isCompleted();
        assertThat(remote.names.topics()).hasSize(count - 1);
        assertThat(remote.names.versionOf(SELF.address()))
                .as("the deletion came after the table's version was read")
                .isNotEqualTo(Optional.of(topics.version()));
        workFor(registrar, 34_000);
        assertThat(remote.names.versionOf(SELF.address())).contains(topics.version());
    }

    @Test
    void closingUnregistersEverywhereAndAsksNobodyWhoIsDown() {
        topics.put(Topic.of("orders", 4));
        Registrar registrar = registrar(null, FIRST, SECOND);
        remotes.get(SECOND).isDown = true;
        registrar.start();
        work(registrar);
        registrar.close();

        assertThat(remotes.get(FIRST).names.brokerGroups()).isEmpty();
        assertThat(remotes.get(SECOND).codes).containsOnly(103);
        assertThat(registrar.isRegistered()).isFalse();
        assertThat(registrar.doWork()).isZero();
        topics.put(Topic.of("late", 1));
        assertThat(registrar.restNs()).isEqualTo(Long.MAX_VALUE);
    }
}
