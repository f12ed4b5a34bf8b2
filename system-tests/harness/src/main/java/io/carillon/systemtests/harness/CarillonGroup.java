package io.carillon.systemtests.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/** A group of brokers that replicate one log, each a process of its own, and a name server. */
public final class CarillonGroup implements AutoCloseable {
    public static final String NAME = "group-a";
    private static final Pattern BROKER = Pattern.compile("\"?(\\d+)\"?:\"([^\"]+)\"");
    private static final byte[] NOTHING = {};
    private static final int GET_TOPIC = 351;
    private static final int NO_PERMISSION = 16;
    private static final int CLUSTER_TRANSFER = 9532;

    private final CarillonServer names;
    /** The first one is node 1. */
    private final List<CarillonServer> all = new CopyOnWriteArrayList<>();
    /** Those that are no members for now. */
    private final Set<CarillonServer> away = ConcurrentHashMap.newKeySet();

    private final List<String> peers = new ArrayList<>();
    private final List<String> roles = new ArrayList<>();
    private final String name;
    private final List<String> arguments;
    private final Map<CarillonServer, Watchdog> watchdogs = new LinkedHashMap<>();
    /** How long a member may give no sign of life; zero when nobody watches over them. */
    private final Duration silence;

    private CarillonGroup(String name, CarillonServer names, List<String> arguments, Duration silence) {
        this.name = name;
        this.names = names;
        this.arguments = arguments;
        this.silence = silence;
    }

    /** Starts so many members with these arguments each, and waits until one of them leads. */
    public static CarillonGroup start(String name, int size, String... arguments) {
        return start(name, size, List.of(), List.of(arguments));
    }

    /** Likewise, with arguments for the name server as well. */
    public static CarillonGroup start(String name, int size, List<String> ofNames, List<String> ofMembers) {
        String[] forNames = ofNames.toArray(String[]::new);
        CarillonServer names = CarillonServer.startRole("nameserver", name + "-names", forNames);
        return start(new CarillonGroup(name, names, ofMembers, Duration.ZERO), Collections.nCopies(size, Place.HERE));
    }

    /** As the first, each under a {@link Watchdog}, which kills and starts again who gives no sign of life for so long. */
    public static CarillonGroup startWatched(String name, int size, Duration silence, String... arguments) {
        CarillonServer names = CarillonServer.startRole("nameserver", name + "-names");
        return start(
                new CarillonGroup(name, names, List.of(arguments), silence), Collections.nCopies(size, Place.HERE));
    }

    /** As the first, a member for each of these, which stand behind its address: nothing, or how it takes part. */
    public static CarillonGroup startAs(String name, List<String> roles, String... arguments) {
        CarillonServer names = CarillonServer.startRole("nameserver", name + "-names");
        return start(
                new CarillonGroup(name, names, List.of(arguments), Duration.ZERO),
                Collections.nCopies(roles.size(), Place.HERE),
                roles);
    }

    /** As the first, with a name server here and members there. */
    public static CarillonGroup start(String name, Place forNames, List<Place> places, String... arguments) {
        CarillonServer names = CarillonServer.startRoleAt(forNames, "nameserver", name + "-names");
        return start(new CarillonGroup(name, names, List.of(arguments), Duration.ZERO), places);
    }

    private static CarillonGroup start(CarillonGroup group, List<Place> places) {
        return start(group, places, Collections.nCopies(places.size(), ""));
    }

    private static CarillonGroup start(CarillonGroup group, List<Place> places, List<String> roles) {
        List<Integer> ports = freePorts(places.size());
        for (int node = 1; node <= places.size(); node++) {
            group.addPeer(places.get(node - 1), ports.get(node - 1), roles.get(node - 1));
        }
        try {
            for (int node = 1; node <= places.size(); node++) {
                group.startNode(node, places.get(node - 1));
            }
            group.awaitLeader();
            group.awaitThatAllServe();
            return group;
        } catch (RuntimeException | Error e) {
            group.close();
            throw e;
        }
    }

    private void addPeer(Place place, int port, String role) {
        peers.add(peers.size() + 1 + "=" + place.address() + ":" + port);
        roles.add(role);
    }

    private CarillonServer startNode(int node, Place place, String... more) {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of("--group", NAME, "--node-id", Integer.toString(node)));
        all.addAll(List.of("--peers", peersAndRoles(), "--nameservers", nameServer()));
        all.addAll(List.of(more));
        String[] said = all.toArray(String[]::new);
        if (silence.isZero()) {
            return added(CarillonServer.startRoleAt(place, "broker", name + "-" + node, said));
        }
        Watchdog watchdog = new Watchdog(silence);
        CarillonServer started =
                added(CarillonServer.startRoleAt(place, watchdog.environment(), "broker", name + "-" + node, said));
        watchdogs.put(started, watchdog);
        watchdog.watch(started);
        return started;
    }

    private CarillonServer added(CarillonServer started) {
        all.add(started);
        return started;
    }

    /** Who watches over this member. */
    public Watchdog watchdog(CarillonServer node) {
        return watchdogs.get(node);
    }

    /** Of the members, and of who is about to start. */
    private String peersAndRoles() {
        return IntStream.range(0, peers.size())
                .filter(i -> i >= all.size() || !away.contains(all.get(i)))
                .mapToObj(i -> peers.get(i) + roles.get(i))
                .collect(Collectors.joining(","));
    }

    /** Starts one more broker, which waits to be taken in, with these arguments more. */
    public CarillonServer startJoining(String... more) {
        return startJoining(Place.HERE, more);
    }

    /** Likewise, there. */
    public CarillonServer startJoining(Place place, String... more) {
        addPeer(place, freePorts(1).getFirst(), "");
        List<String> said = new ArrayList<>(List.of("--join"));
        said.addAll(List.of(more));
        return startNode(peers.size(), place, said.toArray(String[]::new));
    }

    /** This one is no member from now on. */
    public void leave(CarillonServer node) {
        away.add(node);
        tellPeers();
    }

    /** This one, which was started to join, is a member from now on. */
    public void enter(CarillonServer node) {
        away.remove(node);
        tellPeers();
    }

    /** Each takes it up at its next start. */
    private void tellPeers() {
        nodes().forEach(node -> node.tell("--peers", peersAndRoles()));
    }

    /** Where the other members find this one, {@code node=host:port}. */
    public String peer(CarillonServer node) {
        return peers.get(all.indexOf(node));
    }

    /** The number of this member. */
    public int number(CarillonServer node) {
        return all.indexOf(node) + 1;
    }

    /** Ports that were free a moment ago: members must know each other's before they start. */
    private static List<Integer> freePorts(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        List<Integer> ports = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                sockets.add(socket);
                ports.add(socket.getLocalPort());
            }
            for (ServerSocket socket : sockets) {
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String nameServer() {
        return names.nameServer();
    }

    /** The name server, a process of its own. */
    public CarillonServer names() {
        return names;
    }

    /** The members, running or not; the first one is node 1, until one was replaced. */
    public List<CarillonServer> nodes() {
        return all.stream().filter(node -> !away.contains(node)).toList();
    }

    /** Where clients reach the members. */
    public List<String> addresses() {
        return nodes().stream().map(CarillonServer::broker).toList();
    }

    /** Who is registered as the master, when it is one that runs; else null. */
    public CarillonServer leader() {
        String master = registered().get(0);
        return all.stream()
                .filter(node ->
                        node.broker().equals(master) && node.brokerProcess().isAlive())
                .findFirst()
                .orElse(null);
    }

    /** Waits until the master is one that runs. */
    public CarillonServer awaitLeader() {
        return Awaitility.await("a leader")
                .atMost(Duration.ofSeconds(40))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(this::leader, leader -> leader != null);
    }

    /** Waits until each member passes on, or does, what clients ask. */
    public void awaitThatAllServe() {
        for (CarillonServer node : nodes()) {
            Awaitility.await(node.broker() + " serves")
                    .atMost(Duration.ofSeconds(40))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> isServing(node));
        }
    }

    private static boolean isServing(CarillonServer node) throws IOException {
        node.lookWhereItIs();
        try (RawClient client = RawClient.connect(node.broker())) {
            int code =
                    client.call(GET_TOPIC, Map.of("topic", "TBW102"), NOTHING).code();
            return code == RawTopic.OK || code == NO_PERMISSION; // where there are users, only whoever leads refuses
        }
    }

    /** As {@link #awaitLeader}, another one than this. */
    public CarillonServer awaitOtherLeader(CarillonServer before) {
        return Awaitility.await("another leader")
                .atMost(Duration.ofSeconds(40))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(this::leader, leader -> leader != null && leader != before);
    }

    /** Has another member lead than this one, and waits until it does. */
    public CarillonServer handOver(CarillonServer leader) {
        int next = number(leader) % all.size() + 1;
        try (RawClient client = RawClient.connect(leader.broker())) {
            client.call(CLUSTER_TRANSFER, Map.of("member", Integer.toString(next)), NOTHING);
        } catch (IOException e) {
            // the old leader cuts its clients' connections, this one among them
        }
        return awaitOtherLeader(leader);
    }

    /** The addresses that the name server has for this group, by id. */
    public Map<Integer, String> registered() {
        Map<Integer, String> found = new TreeMap<>();
        try (RawClient client = RawClient.connect(nameServer())) {
            String body = new String(client.call(106, Map.of(), NOTHING).body(), UTF_8);
            BROKER.matcher(body).results().forEach(one -> found.put(Integer.parseInt(one.group(1)), one.group(2)));
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        watchdogs.values().forEach(Watchdog::close);
        all.forEach(CarillonServer::close);
        names.close();
    }
}
