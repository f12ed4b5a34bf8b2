package io.carillon.systemtests.history;

import io.carillon.systemtests.harness.CarillonGroup;
import io.carillon.systemtests.harness.CarillonServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** The logs of all members of a group, read from their files. */
record Replicas(CarillonGroup group) {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Waits until all have what one of them has by now. */
    void awaitWhole() throws IOException {
        long end =
                withLogs(logs -> logs.stream().mapToLong(ReplicaLog::end).max().orElseThrow());
        awaitAll(end - 1);
    }

    /** What is wrong with them: all must come to have the same, to the byte, up to what clients were told of. */
    List<String> differences(Workload audited) throws IOException {
        awaitAll(audited.logEnd());
        return withLogs(logs -> ReplicaLog.differences(logs, audited.logEnd()));
    }

    private void awaitAll(long logOffset) throws IOException {
        try {
            Awaitility.await("all replicas to have what is at " + logOffset)
                    .atMost(PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> withLogs(logs -> logs.stream().allMatch(log -> log.end() > logOffset)));
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(e.getMessage() + "\n" + report(), e);
        }
    }

    /** How far each replica is, and what each node says: for a failure's message. */
    private String report() throws IOException {
        List<Long> ends = withLogs(logs -> logs.stream().map(ReplicaLog::end).toList());
        return "the logs end at " + ends + "\n"
                + group.nodes().stream()
                        .map(CarillonServer::brokerProcess)
                        .map(process -> (process.isAlive() ? "running: " : "ended: ") + process.tail())
                        .collect(Collectors.joining("\n"));
    }

    private <T> T withLogs(Function<List<ReplicaLog>, T> work) throws IOException {
        List<ReplicaLog> logs = new ArrayList<>();
        try {
            for (CarillonServer node : group.nodes()) {
                logs.add(ReplicaLog.read(node.data()));
            }
            return work.apply(logs);
        } finally {
            logs.forEach(ReplicaLog::close);
        }
    }
}
