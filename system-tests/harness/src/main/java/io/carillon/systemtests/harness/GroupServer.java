package io.carillon.systemtests.harness;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A group of Carillon's brokers in the place of one server, where the tests are run with {@code -Dcarillon.tests.group=3}.
 *
 * <p>Who is stopped or killed is the leader, and the others go on. {@link #broker} is where the leader is, or with
 * {@code -Dcarillon.tests.group.asked=follower} a member that passes on. With {@code -Dcarillon.tests.group.kills=transfer} it is
 * not killed but hands over, and with {@code -Dcarillon.tests.group.moves=5} it does so every five seconds.
 */
final class GroupServer implements Server {
    private static final int SIZE = Integer.getInteger("carillon.tests.group", 0);
    private static final boolean ASKS_FOLLOWER = "follower".equals(System.getProperty("carillon.tests.group.asked"));
    private static final boolean HANDS_OVER = "transfer".equals(System.getProperty("carillon.tests.group.kills"));
    private static final Duration MOVES = Duration.ofSeconds(Integer.getInteger("carillon.tests.group.moves", 0));

    /** A member that a busy machine holds up for this long is no reason to change leaders, about which tests know nothing. */
    private static final String PATIENCE = "5s";

    private final CarillonGroup group;
    /** Null while all run. */
    private CarillonServer ended;

    private volatile boolean isClosed;

    private GroupServer(CarillonGroup group) {
        this.group = group;
    }

    /** Whether the tests were told to run against a group. */
    static boolean isWanted() {
        return SIZE > 0;
    }

    /** Starts a group whose members have these arguments each. */
    static GroupServer start(String name, String... arguments) {
        List<String> ofNames = new ArrayList<>(settings("tls.", arguments));
        List<String> ofMembers = new ArrayList<>(List.of(arguments));
        ofMembers.addAll(List.of("--set", "replication.election-timeout=" + PATIENCE));
        if (ofMembers.contains("--secure")) {
            List<String> shared = List.of(
                    "--set", "security.cluster-user=members", "--set", "security.cluster-secret=of the members");
            Path key = Workspace.folder(name + "-shared").resolve("users.key");
            ofNames.addAll(shared);
            ofNames.add("--secure");
            ofMembers.addAll(shared);
            ofMembers.addAll(List.of("--set", "security.key-file=" + key));
        }
        GroupServer started = new GroupServer(CarillonGroup.start(name, SIZE, ofNames, ofMembers));
        if (MOVES.isPositive()) {
            Thread.ofVirtual().start(started::move);
        }
        return started;
    }

    private static List<String> settings(String prefix, String... arguments) {
        List<String> all = new ArrayList<>();
        for (String argument : arguments) {
            if (argument.startsWith(prefix)) {
                all.addAll(List.of("--set", argument));
            }
        }
        return all;
    }

    private void move() {
        while (!isClosed) {
            try {
                Thread.sleep(MOVES);
                group.handOver(group.awaitLeader());
            } catch (InterruptedException e) {
                return;
            } catch (AssertionError | UncheckedIOException | ConditionTimeoutException e) {
                System.err.println("nobody else leads this time: " + e.getMessage());
            }
        }
    }

    private CarillonServer asked() {
        CarillonServer leader = group.awaitLeader();
        return group.nodes().stream()
                .filter(node -> ASKS_FOLLOWER && node != leader)
                .findFirst()
                .orElse(leader);
    }

    @Override
    public String nameServer() {
        return group.nameServer();
    }

    @Override
    public String broker() {
        return asked().broker();
    }

    @Override
    public String storeHost() {
        return group.awaitLeader().broker();
    }

    @Override
    public int httpPort() {
        return asked().httpPort();
    }

    @Override
    public String brokerName() {
        return CarillonGroup.NAME;
    }

    @Override
    public String clusterName() {
        return group.nodes().getFirst().clusterName();
    }

    @Override
    public Path data() {
        return group.nodes().getFirst().data();
    }

    @Override
    public OsProcess brokerProcess() {
        return group.awaitLeader().brokerProcess();
    }

    @Override
    public void stop() {
        ended = group.awaitLeader();
        ended.stop();
    }

    @Override
    public void kill() {
        CarillonServer leader = group.awaitLeader();
        if (HANDS_OVER) {
            group.handOver(leader);
        } else {
            ended = leader;
            ended.kill();
        }
    }

    /** Starts the member that was the leader again, behind whoever leads now. */
    @Override
    public void restart() {
        group.awaitLeader();
        if (ended != null) {
            ended.restart();
            ended = null;
        }
        group.awaitThatAllServe();
    }

    @Override
    public void close() {
        isClosed = true;
        group.close();
    }
}
