package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonCommand.Ended;
import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Certificate;
import io.carillon.systemtests.harness.Workspace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * {@code carillon cluster} at brokers that replicate one log, while producers and consumers go on. The members prove to each other who
 * they are, and encrypt.
 */
class ClusterCommandTest {
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
        Cluster.assertEnded(Cluster.run(second, "add", group.peer(fourth), "--learner"), Cluster.DONE, "as a learner");
        assertShows(Cluster.run(second, "status"), "learner", "3 of 3 voters answer, 2 are needed: 1 may fail");
        Cluster.awaitNearlyAll(first, fourth);
        Cluster.assertEnded(Cluster.run(fourth, "promote", "4"), Cluster.DONE, "has a vote");
        workload.awaitAcked(50);

        workload.fault("transfer");
        Cluster.assertEnded(
                Cluster.run(third, "remove", number(group, first)),
                Cluster.REFUSED,
                "leads: hand the leadership over first");
        Cluster.assertEnded(Cluster.run(third, "transfer", "4"), Cluster.DONE, "member 4 ", " leads, after ");
        Cluster.awaitLeader(group, fourth);
        workload.awaitAcked(50);

        workload.fault("one goes");
        Cluster.assertEnded(
                Cluster.run(fourth, "remove", number(group, third)), Cluster.DONE, "is in the group no more");
        third.kill();

        workload.fault("one dies");
        first.kill();
        Cluster.assertEnded(
                Cluster.run(second, "remove", number(group, second)),
                Cluster.REFUSED,
                "only 1 of 2 voters would answer, which is no majority");
        assertShows(
                Cluster.run(second, "status"),
                "2 of 3 voters answer, 2 are needed: none may fail",
                "member " + number(group, first) + " does not answer");
        workload.awaitAcked(50);
    }

    private static void assertShows(Ended status, String... said) {
        System.out.println(status.output());
        Cluster.assertEnded(status, Cluster.DONE, said);
    }

    private static String number(CarillonGroup group, CarillonServer node) {
        return Integer.toString(group.number(node));
    }
}
