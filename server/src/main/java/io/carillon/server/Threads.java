package io.carillon.server;

import io.carillon.base.Agent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
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
        /** Netty's loops for the connections with other members of the group. */
        MEMBER_IO("member-io-N"),
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
        /** Looks after the group of replicas: what may go, who gets a vote. It asks other members. */
        RAFT_KEEP("raft-keep"),
        /** Copies the leader's files when this member is far behind: for a long time, if need be. */
        RAFT_COPY("raft-copy"),
        /** Says in a file whether this member of the group can be done without others: it waits for their answers. */
        READY("ready"),
        /** Takes office and leaves it, where the broker is a member of a group: one change of roles after the other. */
        ROLE("role"),
        /** Looks up the names of other members, which may take as long as the name service likes. */
        LOOK_UP("look-up"),
        /** The loops of the HTTP port: read, check, ask the engine, answer. */
        HTTP("http-N"),
        /** What the HTTP library wants to do later, or aside. */
        HTTP_ASIDE("http-aside"),
        /** Tells whoever watches over the process that it runs: it must wait for nothing. */
        WATCHDOG("watchdog"),
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

    /** Those that run one agent, which bears their name. */
    private static final List<Kind> OWN =
            List.of(Kind.LOG_FORCE, Kind.LOG_RETENTION, Kind.DUE, Kind.RAFT_KEEP, Kind.RAFT_COPY, Kind.READY);

    private static final int READ_THREADS = 2;
    private static final int ROLE_PATIENCE_S = 5;

    private final List<Running> running = new CopyOnWriteArrayList<>();
    private final AtomicInteger failedBefore = new AtomicInteger();
    private final ThreadPoolExecutor reads;
    private final ThreadPoolExecutor roles;
    private final ThreadPoolExecutor lookUps;

    /** Agents that run together, and end together. */
    final class Running {
        private final List<AgentLoop> loops = new ArrayList<>();
        private final List<Thread> loopThreads = new ArrayList<>();

        private void start(Kind kind, List<Agent> agents) {
            AgentLoop loop = new AgentLoop(agents);
            Thread thread = thread(kind.name(1), loop);
            loop.runsOn(thread);
            loops.add(loop);
            loopThreads.add(thread);
            thread.start();
        }

        private int failed() {
            return loops.stream().mapToInt(AgentLoop::failed).sum();
        }

        /** Asks the loops to end, and does not wait for that. */
        void askToStop() {
            loops.forEach(AgentLoop::stop);
        }

        /** Ends the loops, each after the work that it is at; the agents are not called again. */
        void stop(Duration patience) throws InterruptedException {
            askToStop();
            for (Thread thread : loopThreads) {
                thread.join(patience);
            }
            if (running.remove(this)) {
                failedBefore.addAndGet(failed());
            }
        }
    }

    Threads() {
        reads = new ThreadPoolExecutor(
                READ_THREADS, READ_THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory(Kind.READ));
        reads.allowCoreThreadTimeOut(true);
        roles = new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory(Kind.ROLE));
        roles.allowCoreThreadTimeOut(true);
        lookUps =
                new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory(Kind.LOOK_UP));
        lookUps.allowCoreThreadTimeOut(true);
    }

    /** How many I/O threads suit this machine: half the cores, at least one. */
    static int ioCount() {
        return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }

    /** Makes Netty's threads. */
    ThreadFactory io() {
        return factory(Kind.IO);
    }

    /** Makes Netty's threads for the connections with other members of the group. */
    ThreadFactory memberIo() {
        return factory(Kind.MEMBER_IO);
    }

    /** Makes the thread that says that the process runs. */
    static ThreadFactory watchdog() {
        return factory(Kind.WATCHDOG);
    }

    /** The same, where it is no I/O thread. */
    static ScheduledExecutorService watching() {
        return Executors.newSingleThreadScheduledExecutor(watchdog());
    }

    /** Where a read that likely waits for the disk belongs. */
    ExecutorService reads() {
        return reads;
    }

    /** Where changes of roles are made, one after the other. */
    ExecutorService roles() {
        return roles;
    }

    /** Where names are looked up. */
    ExecutorService lookUps() {
        return lookUps;
    }

    /** Makes no change of roles any more; returns when the one that is under way is made, or does not end. */
    void stopRoles() throws InterruptedException {
        roles.shutdown();
        roles.awaitTermination(ROLE_PATIENCE_S, TimeUnit.SECONDS);
    }

    /** Makes the threads of the HTTP port's loops. */
    ThreadFactory http() {
        return factory(Kind.HTTP);
    }

    /** What the HTTP library wants to do later, or aside; has no thread while nothing is. */
    ScheduledExecutorService httpAside() {
        ScheduledThreadPoolExecutor aside = new ScheduledThreadPoolExecutor(1, factory(Kind.HTTP_ASIDE));
        aside.setKeepAliveTime(10, TimeUnit.SECONDS);
        aside.allowCoreThreadTimeOut(true);
        return aside;
    }

    /** Runs each task on a virtual thread of its own, so that tasks may wait for the disk or for others. */
    static ExecutorService virtual(String name) {
        return Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name(name + "-", 1).factory());
    }

    /** Gives every agent its thread: flusher and retention have their own, the log's others share one, so do all the rest. */
    Running run(List<Agent> agents) {
        Map<Kind, List<Agent>> byKind = new EnumMap<>(Kind.class);
        for (Agent agent : agents) {
            byKind.computeIfAbsent(kindOf(agent), _ -> new ArrayList<>()).add(agent);
        }
        Running started = new Running();
        running.add(started);
        byKind.forEach(started::start);
        return started;
    }

    private static Kind kindOf(Agent agent) {
        for (Kind own : OWN) {
            if (agent.name().equals(own.pattern())) {
                return own;
            }
        }
        return agent.name().startsWith("log-") ? Kind.LOG_KEEP : Kind.CLOCK;
    }

    /** Whether no agent has failed. */
    boolean isHealthy() {
        return failedAgents() == 0;
    }

    /** How many agents stopped because they failed. */
    int failedAgents() {
        return failedBefore.get() + running.stream().mapToInt(Running::failed).sum();
    }

    /** Has this run when the process is asked to end (SIGTERM, SIGINT) or ends by itself. */
    static void atExit(Runnable work) {
        Runtime.getRuntime().addShutdownHook(thread(Kind.STOP.name(1), work));
    }

    /** Ends the agents' loops, each after the work that it is at; agents are not called again. */
    void stopAgents(Duration patience) throws InterruptedException {
        running.forEach(Running::askToStop);
        for (Running one : running) {
            one.stop(patience);
        }
    }

    @Override
    public void close() {
        running.forEach(Running::askToStop);
        reads.shutdownNow();
        roles.shutdownNow();
        lookUps.shutdownNow();
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
