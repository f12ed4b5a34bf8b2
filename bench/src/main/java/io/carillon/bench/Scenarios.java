package io.carillon.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** All scenarios, in the order in which a full comparison runs them. */
final class Scenarios {
    private static final SendShape ONE_KB = SendShape.of("bench_one_kb", 1024);
    private static final long DRAINED_MESSAGES = 500_000;
    private static final SendShape DELAYED = SendShape.of("bench_delayed", 1024);
    private static final SendShape PENDING = SendShape.of("bench_pending", 128).delayed(Delay.of(Duration.ofDays(2)));
    private static final long PENDING_MESSAGES = 1_000_000;
    private static final long RECOVERED_BYTES = 5_000_000_000L;

    private static final List<Scenario> ALL = List.of(
            closed("produce-1k", "1 KB, 8 queues, 4 connections x 64 in flight", Flush.ASYNC, ONE_KB, 4, 64),
            closed(
                    "produce-1k-binary",
                    "the same with the binary header",
                    Flush.ASYNC,
                    ONE_KB.withHeader(HeaderFormat.BINARY),
                    4,
                    64),
            closed(
                    "produce-128",
                    "128 B, 8 queues, 4 connections x 64 in flight",
                    Flush.ASYNC,
                    SendShape.of("bench_small", 128),
                    4,
                    64),
            closed(
                    "batch-32x1k",
                    "batches of 32 x 1 KB, 4 connections x 8 batches in flight",
                    Flush.ASYNC,
                    ONE_KB.inBatchesOf(32),
                    4,
                    8),
            closed("one-in-flight", "1 KB, one message in flight", Flush.ASYNC, ONE_KB, 1, 1),
            closed("sync-256", "1 KB, forced to disk, 4 connections x 64 in flight", Flush.SYNC, ONE_KB, 4, 64),
            closed("sync-1", "1 KB, forced to disk, one message in flight", Flush.SYNC, ONE_KB, 1, 1),
            new DrainScenario("drain-1k", "1 KB, pulls of 32 over 8 queues, 4 connections", ONE_KB, DRAINED_MESSAGES),
            new PopScenario(
                    "pop-1k",
                    "1 KB, pops of 32 over 8 queues and an acknowledgement each, 4 connections",
                    SendShape.of("bench_popped", 1024),
                    DRAINED_MESSAGES),
            new OpenLoopScenario("open-loop-5k", "1 KB at 5,000/s, 8 long polls follow", Flush.ASYNC, ONE_KB, 5_000),
            new OpenLoopScenario(
                    "latency",
                    "1 KB at 1,000/s, forced to disk, 8 long polls follow; beside it, what a forced write takes",
                    Flush.SYNC,
                    ONE_KB,
                    1_000),
            new FailoverScenario(
                    "failover",
                    "groups only: kill -9 of the leader under an official client with its defaults, --kills times (5)",
                    SendShape.of("bench_failover", 1024)),
            new TopicsScenario(
                    "topics-2000x8",
                    "2,000 topics x 8 queues: created one by one, written 4 x 64 in flight, drained",
                    SendShape.of("bench_many_", 1024).overTopics(2_000)),
            new StartScenario("start", "process start to first message accepted, empty folder"),
            new IdleScenario("idle", "no client connected, after load", ONE_KB),
            new MemoryScenario("memory", "1 KB written and read at full speed, Carillon's own heap", ONE_KB),
            new RecoveryScenario("recovery", "started again after kill -9", ONE_KB, RECOVERED_BYTES),
            new OfficialClientScenario(
                    "official-client", "1 KB at 5,000/s through the official client 5.5.0", ONE_KB, 5_000),
            new TransactionScenario(
                    "transactions",
                    "1 KB halves, each committed, 8 queues, 4 connections x 64 in flight",
                    SendShape.of("bench_transactions", 1024).asHalves(),
                    4,
                    64),
            new UndecidedScenario(
                    "undecided-100k",
                    "produce-1k with and without 100,000 transactions that nobody decides, in turns",
                    SendShape.of("bench_beside", 1024),
                    SendShape.of("bench_undecided", 1024).asHalves(),
                    100_000),
            new SqlFilterScenario("sql-filter", "a > 5 AND b = 'x' on stored properties, one thread, no server"),
            new IdleConnectionsScenario("idle-connections", "10,000 connections that do nothing", 10_000),
            new HeartbeatsScenario(
                    "heartbeats", "10,000 consumers in 1,000 groups, a heartbeat of each in 30 s", 10_000, 1_000),
            closed(
                    "delayed-send",
                    "produce-1k with messages that are due in 10 minutes",
                    Flush.ASYNC,
                    DELAYED.delayed(Delay.of(Duration.ofMinutes(10))),
                    4,
                    64),
            new DelayedCalmScenario(
                    "delayed-calm",
                    "1 KB at 1,000/s, each due in 2 s, 8 long polls follow",
                    DELAYED.delayed(Delay.of(Duration.ofSeconds(2))),
                    1_000),
            new DelayedCalmScenario(
                    "delayed-20k",
                    "1 KB at 20,000/s, each due in 2 s, 8 long polls follow",
                    DELAYED.delayed(Delay.of(Duration.ofSeconds(2))),
                    20_000),
            closed(
                    "delayed-keyed",
                    "delayed-send with a CARILLON_KEY, one of 100,000: most take the place of one that waits",
                    Flush.ASYNC,
                    DELAYED.delayed(Delay.of(Duration.ofMinutes(10))).keyed(100_000),
                    4,
                    64),
            new DelayedBytesScenario(
                    "delayed-bytes",
                    "100,000 x 1 KB due in 1 minute: what is written to the disk until all can be read",
                    SendShape.of("bench_bytes", 1024).delayed(Delay.of(Duration.ofMinutes(1))),
                    100_000),
            new DelayedLifeScenario(
                    "delayed-life",
                    "400,000 x 1 KB, each due in 15 s, from the send until it can be read",
                    SendShape.of("bench_life_", 1024).delayed(Delay.of(Duration.ofSeconds(15))),
                    400_000),
            new DelayedBurstScenario(
                    "delayed-burst",
                    "200,000 x 128 B, 8 queues, all due in one millisecond",
                    SendShape.of("bench_burst_", 128),
                    200_000),
            new DelayedIdleScenario(
                    "delayed-idle", "no client connected, a million of 128 B pending", PENDING, PENDING_MESSAGES),
            new DelayedRestartScenario(
                    "delayed-restart",
                    "started again after kill -9, a million of 128 B pending and one due",
                    PENDING,
                    PENDING_MESSAGES),
            new DelayedPendingScenario(
                    "delayed-pending",
                    "--pending N million (1) of --body bytes (64) pending, due within --spread (7d): memory, idle CPU, restart"));

    private Scenarios() {}

    private static SendScenario closed(
            String name, String summary, Flush flush, SendShape shape, int connections, int window) {
        return new SendScenario(name, summary, flush, shape, connections, window);
    }

    static List<Scenario> all() {
        return ALL;
    }

    /** Those of the given names, separated by commas, in the order of {@link #all}. */
    static List<Scenario> named(String names) {
        List<String> wanted = new ArrayList<>(List.of(names.split(",", -1)));
        List<Scenario> chosen =
                ALL.stream().filter(scenario -> wanted.remove(scenario.name())).toList();
        if (!wanted.isEmpty()) {
            throw new IllegalArgumentException("no such scenario: " + String.join(", ", wanted));
        }
        return chosen;
    }
}
