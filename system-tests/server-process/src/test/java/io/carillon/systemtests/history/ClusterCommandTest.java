package io.carillon.systemtests.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonCommand;
import io.carillon.systemtests.harness.CarillonCommand.Ended;
import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Certificate;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.Workspace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * {@code carillon cluster} at brokers that replicate one log, while producers and consumers go on. The members prove to each other who
 * they are, and encrypt.
 */
class ClusterCommandTest {
    private static final int STATUS = 9531;
    private static final int DONE = 0;
    private static final int REFUSED = 5;
    /** How far behind a learner may be whose vote is asked for, in the middle of a load. */
    private static final long NEARLY = 500;

    @Test
    void showsAndChangesAGroupUnderLoadAndNothingIsLost() throws Exception {
        long seed = Long.getLong("carillon.tests.seed", System.nanoTime());
        System.out.println("cluster test: -Dcarillon.tests.seed=" + seed);
        try (CarillonGroup group = CarillonGroup.start("cluster", 3, settings())) {
            CarillonServer fourth = group.startJoining();
            try (Workload workload = Workload.start(group.addresses(), seed)) {
                changes(group, fourth, workload);
                workload.finish();
                workload.audit();
                assertThat(workload.violations(true)).as("seed " + seed).isEmpty();
            }
        }
    }

    private static String[] settings() throws Exception {
        Path folder = Workspace.folder("cluster-certificate");
        Path certificate = folder.resolve("members.pem");
        Path key = folder.resolve("members-key.pem");
        Certificate.make(folder, "members").copyTo(certificate, key);
        List<String> settings = new ArrayList<>(List.of("--flush", "sync"));
        for (String setting : List.of(
                "replication.tls=true",
                "tls.certificate=" + certificate,
                "tls.key=" + key,
                "tls.trust=" + certificate,
                "security.cluster-user=members",
                "security.cluster-secret=of the members")) {
            settings.add("--set");
            settings.add(setting);
        }
        return settings.toArray(String[]::new);
    }

    private static void changes(CarillonGroup group, CarillonServer fourth, Workload workload) throws IOException {
        workload.awaitAcked(50);
        CarillonServer first = group.awaitLeader();
        List<CarillonServer> others = group.nodes().stream()
                .filter(node -> node != first && node != fourth)
                .toList();
        CarillonServer second = others.getFirst();
        CarillonServer third = others.getLast();

        workload.fault("a fourth member");
        assertEnded(cluster(second, "add", group.peer(fourth), "--learner"), DONE, "as a learner");
        assertShows(cluster(second, "status"), "learner", "3 of 3 voters answer, 2 are needed: 1 may fail");
        awaitNearlyAll(first, fourth);
        assertEnded(cluster(fourth, "promote", "4"), DONE, "has a vote");
        workload.awaitAcked(50);

        workload.fault("transfer");
        assertEnded(cluster(third, "remove", number(group, first)), REFUSED, "leads: hand the leadership over first");
        assertEnded(cluster(third, "transfer", "4"), DONE, "member 4 ", " leads, after ");
        awaitLeader(group, fourth);
        workload.awaitAcked(50);

        workload.fault("one goes");
        assertEnded(cluster(fourth, "remove", number(group, third)), DONE, "is in the group no more");
        third.kill();

        workload.fault("one dies");
        first.kill();
        assertEnded(
                cluster(second, "remove", number(group, second)),
                REFUSED,
                "only 1 of 2 voters would answer, which is no majority");
        assertShows(
                cluster(second, "status"),
                "2 of 3 voters answer, 2 are needed: none may fail",
                "member " + number(group, first) + " does not answer");
        workload.awaitAcked(50);
    }

    private static void assertShows(Ended status, String... said) {
        System.out.println(status.output());
        assertEnded(status, DONE, said);
    }

    private static String number(CarillonGroup group, CarillonServer node) {
        return Integer.toString(group.number(node));
    }

    private static void awaitLeader(CarillonGroup group, CarillonServer wanted) {
        Awaitility.await("the leader is registered")
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> group.leader() == wanted);
    }

    private static void awaitNearlyAll(CarillonServer leader, CarillonServer learner) {
        Awaitility.await("the learner has nearly all")
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> lastIndex(leader, leader) - lastIndex(leader, learner) < NEARLY);
    }

    /** The last entry of a member's log, as the one that leads knows it. */
    private static long lastIndex(CarillonServer leader, CarillonServer member) throws IOException {
        try (RawClient client = RawClient.connect(leader.broker())) {
            String body = new String(client.call(STATUS, Map.of(), new byte[0]).body(), UTF_8);
            Matcher found = Pattern.compile("\"clients\":\"" + member.broker() + "\"[^}]*\"lastIndex\":(-?\\d+)")
                    .matcher(body);
            return found.find() ? Long.parseLong(found.group(1)) : -1;
        }
    }

    private static Ended cluster(CarillonServer asked, String... words) {
        List<String> all = new ArrayList<>(List.of("cluster"));
        all.addAll(List.of(words));
        all.addAll(List.of("--broker", asked.broker()));
        return CarillonCommand.run(asked.data().resolveSibling("commands"), all.toArray(String[]::new));
    }

    private static void assertEnded(Ended ended, int exitCode, String... said) {
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(exitCode);
        assertThat(ended.output()).contains(said);
    }
}
