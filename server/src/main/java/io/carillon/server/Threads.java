package io.carillon.server;

import io.carillon.base.Agent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The only maker of platform threads: every thread of the process has its name here and a line in {@code
 * docs/threads.md}.
 *
 * <p>An agent that fails is reported as an error and never called again; the rest goes on, and {@link #isHealthy} says
 * no from then on.
 */
final class Threads implements AutoCloseable {
    /** A kind of thread. */
    enum Kind {
        /** Netty's loops: read, decode, check, append, answer. */
        IO("io-N"),
        /** Reads of what is likely not in memory, so that the loops need not wait for the disk. */
        READ("read-N"),
        /** The log's flusher. */
        LOG_FORCE("log-force"),
        /** The log's agents that store indexes and prepare segments: they wait for the disk. */
        LOG_KEEP("log-keep"),
        /** Drops old segments, when what is still needed of them was taken along: checkpoints must not wait for that. */
        LOG_RETENTION("log-retention"),
        /** Lets messages go when they are due: it must not wait for the disk behind another agent. */
        DUE("due"),
        /** All other agents, in turns. */
        CLOCK("clock"),
        /** Ends the process in order. */
        STOP("stop");

        private final String pattern;

        Kind(String pattern) {
            this.pattern = pattern;
        }

        /** The thread's name, where {@code N} stands for a number from 1. */
        String pattern() {
            return pattern;
        }

        private String name(int number) {
            return pattern.replace("N", Integer.toString(number));
        }
    }

    private static final int READ_THREADS = 2;

    private final List<AgentLoop> loops = new CopyOnWriteArrayList<>();
    private final List<Thread> loopThreads = new ArrayList<>();
    private final ThreadPoolExecutor reads;

    Threads() {
        reads = new ThreadPoolExecutor(
                READ_THREADS, READ_THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory(Kind.READ));
        reads.allowCoreThreadTimeOut(true);
    }

    /** How many I/O threads suit this machine: half the cores, at least one. */
    static int ioCount() {
        return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }

    /** Makes Netty's threads. */
    ThreadFactory io() {
        return factory(Kind.IO);
    }

    /** Where a read that likely waits for the disk belongs. */
    ExecutorService reads() {
        return reads;
    }

    /** Gives every agent its thread: flusher and retention have their own, the log's others share one, so do all the rest. */
    void run(List<Agent> agents) {
        Map<Kind, List<Agent>> byKind = new EnumMap<>(Kind.class);
        for (Agent agent : agents) {
            byKind.computeIfAbsent(kindOf(agent), _ -> new ArrayList<>()).add(agent);
        }
        byKind.forEach(this::start);
    }

    private static Kind kindOf(Agent agent) {
        if (agent.name().equals(Kind.LOG_FORCE.pattern())) {
            return Kind.LOG_FORCE;
        }
        if (agent.name().equals(Kind.LOG_RETENTION.pattern())) {
            return Kind.LOG_RETENTION;
        }
        if (agent.name().equals(Kind.DUE.pattern())) {
            return Kind.DUE;
        }
        return agent.name().startsWith("log-") ? Kind.LOG_KEEP : Kind.CLOCK;
    }

    /** Runs these agents in turns on one thread. */
    void start(Kind kind, List<Agent> agents) {
        AgentLoop loop = new AgentLoop(agents);
        Thread thread = thread(kind.name(1), loop);
        loop.runsOn(thread);
        loops.add(loop);
        loopThreads.add(thread);
        thread.start();
    }

    /** Whether no agent has failed. */
    boolean isHealthy() {
        return failedAgents() == 0;
    }

    /** How many agents stopped because they failed. */
    int failedAgents() {
        return loops.stream().mapToInt(AgentLoop::failed).sum();
    }

    /** Has this run when the process is asked to end (SIGTERM, SIGINT) or ends by itself. */
    static void atExit(Runnable work) {
        Runtime.getRuntime().addShutdownHook(thread(Kind.STOP.name(1), work));
    }

    /** Ends the agents' loops, each after the work that it is at; agents are not called again. */
    void stopAgents(Duration patience) throws InterruptedException {
        loops.forEach(AgentLoop::stop);
        for (Thread thread : loopThreads) {
            thread.join(patience);
        }
    }

    @Override
    public void close() {
        loops.forEach(AgentLoop::stop);
        reads.shutdownNow();
    }

    private static ThreadFactory factory(Kind kind) {
        AtomicInteger count = new AtomicInteger();
        return work -> thread(kind.name(count.incrementAndGet()), work);
    }

    /** Daemons all: the process ends when {@link Server} says so, not when a thread forgets to. */
    private static Thread thread(String name, Runnable work) {
        return Thread.ofPlatform().name(name).daemon().unstarted(work);
    }
}
