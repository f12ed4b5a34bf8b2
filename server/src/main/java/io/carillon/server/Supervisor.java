package io.carillon.server;

import io.carillon.remoting.IoGroup;
import io.carillon.remoting.LocalDatagrams;
import io.carillon.remoting.LoopTurns;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whoever watches over this process, such as systemd, and what it is told: that the process serves, that it begins to stop,
 * and, where it asks for that, again and again that it still runs. It asks in the environment ({@code sd_notify(3)}, {@code
 * sd_watchdog_enabled(3)}); where nothing is asked, nothing is done and no thread made. What cannot be told is in the log, and
 * the process goes on.
 *
 * <p><b>What a sign of life says.</b> It is for a process that hangs as a whole: it was stopped, or its machine does not let
 * it run. Such a process closes no connection, so clients wait for it until they give up by themselves, which is long. So
 * the sign has to fail within seconds then, and may not fail for anything that passes by itself. That rules out each thread
 * that there is: those of clients' connections write to the page cache, which waits for a disk that has stalled, and the
 * agents do, too. The sign comes from a thread of its own, which waits for nothing. It needs what all others need: a JVM that runs, and its
 * turn at a processor. A pause of the garbage collector, or a starved machine, costs a sign only when it lasts longer than the half of
 * what is allowed, for that is how often one is given.
 *
 * <p>That thread would go on when the ones that do the work hang among themselves, by a fault of ours. So it also asks the
 * I/O threads of clients to come round, and gives no sign any more when one of them has not for {@link #STUCK}: longer
 * than a disk stalls that recovers. Killed and started again for a disk that stalls for longer, a server loses nothing that it acknowledged.
 */
final class Supervisor {
    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
    private static final String SOCKET = "NOTIFY_SOCKET";
    /** An open file of this process, for whoever has no socket: {@code carillon supervise}. */
    private static final String PIPE = "/dev/fd/";

    private static final String WATCHDOG_LIMIT = "WATCHDOG_USEC";
    private static final String WATCHDOG_PROCESS = "WATCHDOG_PID";

    /** For so long an I/O thread may be away before the process counts as hanging. */
    static final Duration STUCK = Duration.ofSeconds(60);

    private final String address;
    private final @Nullable News way;
    private final Duration rest;

    /** What must come round; null while nothing serves. */
    private volatile @Nullable LoopTurns turns;

    private boolean isBeating; // the thread that serves
    private boolean isUnheard; // this and the next one: the sending thread
    private boolean isStuck;

    /** @param rest between two signs of life; zero for none */
    private Supervisor(String address, @Nullable News way, Duration rest) {
        this.address = address;
        this.way = way;
        this.rest = rest;
    }

    /**
     * Finds out what is asked for; tells nobody anything yet.
     *
     * @param io makes the thread that tells; asked when there is somebody to tell
     */
    static Supervisor of(Map<String, String> environment, Supplier<IoGroup> io) {
        String address = environment.getOrDefault(SOCKET, "");
        String obstacle = obstacle(address);
        if (!obstacle.isEmpty()) {
            LOG.warn("nobody is told that this process serves, though {}={}: {}", SOCKET, address, obstacle);
        }
        if (address.isEmpty() || !obstacle.isEmpty()) {
            return new Supervisor(address, null, Duration.ZERO);
        }
        News way = address.startsWith(PIPE) ? new NewsPipe(address) : News.by(LocalDatagrams.to(io.get(), address));
        return new Supervisor(address, way, rest(environment));
    }

    private static String obstacle(String address) {
        if (!address.isEmpty() && !address.startsWith("/") && !address.startsWith("@")) {
            return "that is neither the path of a socket nor '@' and a name";
        }
        return address.isEmpty() || address.startsWith(PIPE) || LocalDatagrams.isAvailable()
                ? ""
                : "it takes epoll, which Netty does not have here; its unit needs Type=exec and no WatchdogSec";
    }

    /** Between two signs of life; zero when none is asked for. */
    static Duration rest(Map<String, String> environment) {
        String limit = environment.getOrDefault(WATCHDOG_LIMIT, "");
        String process = environment.getOrDefault(WATCHDOG_PROCESS, "");
        long own = ProcessHandle.current().pid();
        if (limit.isEmpty() || !(process.isEmpty() || process.equals(Long.toString(own)))) {
            return Duration.ZERO; // not asked for, or of another process, whose environment we got
        }
        long limitUs = wholeNumber(limit);
        if (limitUs <= 0) {
            LOG.warn("no signs of life are given: {}={} is no number of microseconds", WATCHDOG_LIMIT, limit);
            return Duration.ZERO;
        }
        return Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(limitUs) / 2);
    }

    private static long wholeNumber(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /**
     * Tells that the process serves, also when it does so again after {@link #servesNoMore}; from the first time on it gives
     * signs of life.
     *
     * @param how in one line, for people
     * @param mustTurn the I/O threads that serve clients
     */
    void serves(String how, LoopTurns mustTurn) {
        turns = mustTurn;
        tell("READY=1\nSTATUS=" + how);
        if (way != null && rest.isPositive() && !isBeating) {
            isBeating = true;
            way.repeat(rest, this::giveSign);
            LOG.info("gives signs of life each={}ms socket={}", rest.toMillis(), address);
        }
    }

    /** Tells that it does not serve for a moment, and goes on giving signs of life. */
    void servesNoMore() {
        turns = null;
        tell("STATUS=begins anew");
    }

    /** Tells that it begins to stop; signs of life are given until it is gone. Any thread. */
    void stops() {
        turns = null;
        tell("STOPPING=1\nSTATUS=stopping");
    }

    private void giveSign() {
        LoopTurns mustTurn = turns;
        boolean isStuckNow = mustTurn != null && mustTurn.longestWaitNs() > STUCK.toNanos();
        if (isStuckNow && !isStuck) {
            LOG.error("no sign of life is given: an I/O thread has not come round for {} s", STUCK.toSeconds());
        }
        isStuck = isStuckNow;
        if (!isStuckNow) {
            tell("WATCHDOG=1");
        }
    }

    private void tell(String news) {
        if (way != null) {
            way.send(news).whenComplete((_, fault) -> noteWhether(fault));
        }
    }

    /** Once when it begins to fail, and once when it works again. */
    private void noteWhether(@Nullable Throwable fault) {
        boolean isUnheardNow = fault != null;
        if (isUnheardNow && !isUnheard) {
            LOG.warn(
                    "whoever watches over this process does not hear it {}={} fault=\"{}\"",
                    SOCKET,
                    address,
                    String.valueOf(fault));
        } else if (isUnheard && !isUnheardNow) {
            LOG.info("whoever watches over this process hears it again");
        }
        isUnheard = isUnheardNow;
    }
}
