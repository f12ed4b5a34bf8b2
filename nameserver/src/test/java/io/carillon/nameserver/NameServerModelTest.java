package io.carillon.nameserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.message.Topic;
import io.carillon.testkit.ManualTicker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random histories of brokers against a model that keeps plain maps and looks through all of them. */
class NameServerModelTest {
    private static final Logger QUIET = Logger.getLogger(NameServer.class.getName());
    private static final long TIMEOUT_MS = 120_000;

    sealed interface Step {
        record Register(int broker, Set<Integer> topics, Set<Integer> removed) implements Step {}

        record Unregister(int broker) implements Step {}

        record Close(int channel) implements Step {}

        record Heartbeat(int broker, int channel) implements Step {}

        record Wait(int seconds) implements Step {}

        record Wipe(int group, boolean wiped) implements Step {}

        record Change(int group, int topic) implements Step {}

        record Delete(int topic) implements Step {}
    }

    /** Four brokers: two groups of a master and a slave; broker n came by channel n unless a heartbeat said otherwise. */
    private static String group(int broker) {
        return "broker-" + broker / 2;
    }

    private static String address(int broker) {
        return "host:" + broker;
    }

    private static final class Model {
        final Map<Integer, Long> heardMs = new TreeMap<>();
        final Map<Integer, Integer> channels = new TreeMap<>();
        final Map<String, Set<Integer>> topics = new TreeMap<>();
        final Set<String> wiped = new TreeSet<>();
        long nowMs;

        void apply(Step step) {
            switch (step) {
                case Step.Register(int broker, Set<Integer> added, Set<Integer> removed) -> {
                    heardMs.put(broker, nowMs);
                    channels.put(broker, broker);
                    if (broker % 2 == 0 || !heardMs.containsKey(broker - 1)) {
                        Set<Integer> all = topics.computeIfAbsent(group(broker), _ -> new TreeSet<>());
                        all.removeAll(removed);
                        all.addAll(added);
                    }
                }
                case Step.Unregister(int broker) -> remove(broker);
                case Step.Close(int channel) ->
                    Map.copyOf(channels).forEach((broker, by) -> {
                        if (by == channel) {
                            remove(broker);
                        }
                    });
                case Step.Heartbeat(int broker, int channel) -> {
                    if (heardMs.containsKey(broker)) {
                        heardMs.put(broker, nowMs);
                        channels.put(broker, channel);
                    }
                }
                case Step.Wait(int seconds) -> {
                    nowMs += seconds * 1000L;
                    Map.copyOf(heardMs).forEach((broker, heard) -> {
                        if (nowMs - heard >= TIMEOUT_MS) {
                            remove(broker);
                        }
                    });
                }
                case Step.Wipe(int group, boolean isWiped) -> {
                    if (isLive("broker-" + group) && isWiped) {
                        wiped.add("broker-" + group);
                    } else {
                        wiped.remove("broker-" + group);
                    }
                }
                case Step.Change(int group, int topic) -> {
                    if (isLive("broker-" + group)) {
                        topics.computeIfAbsent("broker-" + group, _ -> new TreeSet<>())
                                .add(topic);
                    }
                }
                case Step.Delete(int topic) -> topics.values().forEach(all -> all.remove(topic));
            }
        }

        void remove(int broker) {
            heardMs.remove(broker);
            channels.remove(broker);
            if (!isLive(group(broker))) {
                topics.remove(group(broker));
                wiped.remove(group(broker));
            }
        }

        boolean isLive(String group) {
            return heardMs.keySet().stream().anyMatch(broker -> group(broker).equals(group));
        }

        Map<String, String> routesOf(int topic) {
            Map<String, String> routes = new TreeMap<>();
            topics.forEach((group, all) -> {
                if (all.contains(topic)) {
                    String members = heardMs.keySet().stream()
                            .filter(broker -> group(broker).equals(group))
                            .map(broker -> broker % 2 + "=" + address(broker))
                            .collect(Collectors.joining(" "));
                    routes.put(group, (wiped.contains(group) ? 4 : 6) + " " + members);
                }
            });
            return routes;
        }
    }

    @BeforeContainer
    static void dropTheLogOfThousandsOfRegistrations() {
        QUIET.setLevel(Level.OFF);
    }

    @AfterContainer
    static void logAgain() {
        QUIET.setLevel(null);
    }

    @Property(tries = 500)
    void routesAreThoseOfTheModel(@ForAll("histories") List<Step> history) {
        ManualTicker ticker = new ManualTicker();
        NameServer names = new NameServer(NameServerConfig.DEFAULT, ticker, new Counters());
        List<Object> channels = List.of(new Object(), new Object(), new Object(), new Object());
        Model model = new Model();
        for (Step step : history) {
            model.apply(step);
            apply(step, names, ticker, channels);
            for (int topic = 0; topic < 4; topic++) {
                assertThat(routesOf(names, topic))
                        .as("topic %d after %s", topic, step)
                        .isEqualTo(model.routesOf(topic));
            }
        }
    }

    private static void apply(Step step, NameServer names, ManualTicker ticker, List<Object> channels) {
        switch (step) {
            case Step.Register(int broker, Set<Integer> added, Set<Integer> removed) ->
                names.register(new BrokerRegistration(
                        "cluster",
                        group(broker),
                        broker % 2,
                        address(broker),
                        "",
                        null,
                        false,
                        new TableVersion(0, 1, 1),
                        added.stream().map(NameServerModelTest::topic).toList(),
                        removed.stream().map(topic -> topic(topic).name()).collect(Collectors.toSet()),
                        TIMEOUT_MS,
                        channels.get(broker)));
            case Step.Unregister(int broker) -> names.unregister(group(broker), address(broker));
            case Step.Close(int channel) -> names.closed(channels.get(channel));
            case Step.Heartbeat(int broker, int channel) -> names.heartbeat(address(broker), channels.get(channel));
            case Step.Wait(int seconds) -> {
                ticker.advance(Duration.ofSeconds(seconds));
                names.agents().getFirst().doWork();
            }
            case Step.Wipe(int group, boolean wiped) -> names.wipeWrites("broker-" + group, wiped);
            case Step.Change(int group, int topic) -> names.topicChanged("broker-" + group, topic(topic));
            case Step.Delete(int topic) -> names.deleteTopic(topic(topic).name());
        }
    }

    private static Topic topic(int number) {
        return Topic.of("topic-" + number, number + 1);
    }

    private static Map<String, String> routesOf(NameServer names, int topic) {
        Map<String, String> routes = new TreeMap<>();
        names.route(topic(topic).name()).ifPresent(route -> {
            for (int i = 0; i < route.queues().size(); i++) {
                assertThat(route.queues().get(i).readQueues()).isEqualTo(topic + 1);
                String members = route.brokers().get(i).addresses().entrySet().stream()
                        .map(Map.Entry::toString)
                        .collect(Collectors.joining(" "));
                routes.put(route.brokers().get(i).name(), route.queues().get(i).permissions() + " " + members);
            }
        });
        return routes;
    }

    @Provide
    Arbitrary<List<Step>> histories() {
        Arbitrary<Integer> broker = Arbitraries.integers().between(0, 3);
        Arbitrary<Integer> group = Arbitraries.integers().between(0, 1);
        Arbitrary<Set<Integer>> topics =
                Arbitraries.integers().between(0, 3).set().ofMaxSize(4);
        Arbitrary<Step> step = Arbitraries.frequencyOf(
                Tuple.of(4, Combinators.combine(broker, topics, topics).as(Step.Register::new)),
                Tuple.of(1, broker.map(Step.Unregister::new)),
                Tuple.of(1, broker.map(Step.Close::new)),
                Tuple.of(2, Combinators.combine(broker, broker).as(Step.Heartbeat::new)),
                Tuple.of(2, Arbitraries.integers().between(1, 100).map(Step.Wait::new)),
                Tuple.of(
                        1,
                        Combinators.combine(group, Arbitraries.of(true, false)).as(Step.Wipe::new)),
                Tuple.of(1, Combinators.combine(group, broker).as(Step.Change::new)),
                Tuple.of(1, broker.map(Step.Delete::new)));
        return step.list().ofMinSize(1).ofMaxSize(40);
    }
}
