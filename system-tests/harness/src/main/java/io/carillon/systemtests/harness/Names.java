package io.carillon.systemtests.harness;

import java.util.concurrent.atomic.AtomicInteger;

/** Names of topics and groups that no other test of this run uses. */
public final class Names {
    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final String RUN = Long.toString(ProcessHandle.current().pid(), 36);

    private Names() {}

    /** {@code prefix} with something behind it that makes it the only one. */
    public static String unique(String prefix) {
        return prefix + "-" + RUN + "-" + NEXT.incrementAndGet();
    }
}
