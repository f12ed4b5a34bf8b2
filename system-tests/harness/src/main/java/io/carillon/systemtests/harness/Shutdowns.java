package io.carillon.systemtests.harness;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Shuts official clients down without their last wait.
 *
 * <p>Since 5.2 a client that ends waits for a thread of its own that looks only every three seconds whether it is to end, when
 * all that the server is told was told long ago. Over some hundred tests that is minutes.
 */
public final class Shutdowns {
    private Shutdowns() {}

    /** Runs all of them side by side and returns when each has ended. */
    public static void run(Collection<Runnable> shutdowns) {
        List<Thread> threads = shutdowns.stream()
                .map(shutdown -> Thread.ofPlatform().daemon().name("shutdown").start(shutdown))
                .toList();
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                threads.forEach(Shutdowns::endWait);
                await(thread);
            }
        }
    }

    /** Runs one. */
    public static void run(Runnable shutdown) {
        run(List.of(shutdown));
    }

    /** What waits is interrupted, and goes on with the rest of the shutdown. */
    private static void endWait(Thread thread) {
        boolean isClient = false;
        boolean isJoining = false;
        for (StackTraceElement frame : thread.getStackTrace()) {
            String place = frame.getClassName() + "." + frame.getMethodName();
            isClient |= place.endsWith(".NettyRemotingClient.shutdown");
            isJoining |= place.equals("java.lang.Thread.join");
        }
        if (isClient && isJoining) {
            thread.interrupt();
        }
    }

    private static void await(Thread thread) {
        try {
            TimeUnit.MILLISECONDS.timedJoin(thread, 5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
