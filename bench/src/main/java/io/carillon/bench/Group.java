package io.carillon.bench;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Three brokers that replicate, each a process, and their name server. What all four processes use counts. Used by one
 * thread.
 */
final class Group implements Server {
    static final int SIZE = 3;

    private static final String TOPIC = "bench_ready";
    /** A controller takes tens of seconds to take members that were suspended in again. */
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private static final int PAUSE_MS = 20;

    /** What the kinds of group differ in. Members are counted from 0. */
    interface Members {
        Child start(int member) throws IOException;

        InetSocketAddress address(int member);

        /** Whether each member holds what the one that leads has told anybody that it has. */
        boolean areEven(int leader) throws IOException;
    }

    private final ServerKind kind;
    private final Ticker ticker;
    private final RandomGenerator random;
    private final Child nameServer;
    private final InetSocketAddress names;
    private final Members members;
    private final List<Child> brokers = new ArrayList<>();
    private int leader;
    private double readyAfterSeconds;

    private Group(ServerKind kind, Ticker ticker, Child nameServer, InetSocketAddress names, Members members) {
        this.kind = kind;
        this.ticker = ticker;
        this.random = new SplittableRandom(ticker.nowMs());
        this.nameServer = nameServer;
        this.names = names;
        this.members = members;
    }

    /** Starts the members of a name server that listens, and waits until one leads and the others have what it has. */
    static Group start(ServerKind kind, Ticker ticker, Child nameServer, InetSocketAddress names, Members members)
            throws IOException, InterruptedException {
        long startedNs = ticker.nanoTime();
        Group group = new Group(kind, ticker, nameServer, names, members);
        try {
            for (int member = 0; member < SIZE; member++) {
                group.brokers.add(members.start(member));
            }
            group.awaitWhole();
        } catch (IOException | InterruptedException | RuntimeException e) {
            group.close();
            throw e;
        }
        group.readyAfterSeconds = (ticker.nanoTime() - startedNs) / 1e9;
        return group;
    }

    // ---- one of them leads

    /** Waits until all members are registered, one of them takes messages, and the others hold what it holds. */
    void awaitWhole() throws IOException, InterruptedException {
        long untilNs = ticker.nanoTime() + PATIENCE.toNanos();
        while (!isWhole()) {
            for (Child broker : brokers) {
                broker.requireAlive();
            }
            if (ticker.nanoTime() > untilNs) {
                throw new IOException("the group was not whole within " + PATIENCE.toSeconds() + " s");
            }
            Thread.sleep(PAUSE_MS);
        }
    }

    private boolean isWhole() {
        try {
            Map<Integer, String> registered = registered();
            int found = memberAt(registered.getOrDefault(0, ""));
            if (found < 0 || registered.values().stream().distinct().count() != SIZE) {
                return false;
            }
            try (Admin admin = Admin.connect(members.address(found))) {
                admin.sendOne(TOPIC, ticker.nowMs(), random);
            }
            leader = found;
            return members.areEven(found);
        } catch (IOException e) {
            return false; // not yet: somebody does not listen, or refuses until the group has agreed
        }
    }

    private Map<Integer, String> registered() throws IOException {
        try (Admin admin = Admin.connect(names)) {
            return admin.brokers();
        }
    }

    private int memberAt(String address) {
        for (int member = 0; member < SIZE; member++) {
            if (text(members.address(member)).equals(address)) {
                return member;
            }
        }
        return -1;
    }

    static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    /** Kills whoever leads, as kill -9 does, and returns when that process is no more. */
    void killLeader() {
        brokers.get(leader).close();
    }

    /** Starts the process again that was killed. Does not wait for it. */
    void startAgain() throws IOException {
        brokers.set(leader, members.start(leader));
    }

    // ---- the face of a server

    @Override
    public ServerKind kind() {
        return kind;
    }

    @Override
    public Child main() {
        return brokers.get(leader);
    }

    @Override
    public InetSocketAddress address() {
        return members.address(leader);
    }

    @Override
    public String nameServerAddress() {
        return text(names);
    }

    @Override
    public double readyAfterSeconds() {
        return readyAfterSeconds;
    }

    @Override
    public void pause() throws IOException, InterruptedException {
        for (Child broker : brokers) {
            broker.pause();
        }
        nameServer.pause();
    }

    /** Members that were away for longer than the others wait for them elect anew. */
    @Override
    public void resume() throws IOException, InterruptedException {
        nameServer.resume();
        for (Child broker : brokers) {
            broker.resume();
        }
        awaitWhole();
    }

    @Override
    public ProcessUsage usage() throws IOException {
        ProcessUsage all = nameServer.usage();
        for (Child broker : brokers) {
            all = all.plus(broker.usage());
        }
        return all;
    }

    @Override
    public void close() {
        brokers.forEach(Child::close);
        nameServer.close();
    }
}
