package io.carillon.bench;

import java.util.Locale;

/** What a scenario can find out, in the order in which a report shows it. */
enum Metric {
    SENT_PER_SECOND("messages/s", 0),
    CPU_PER_MILLION("server CPU s per million", 2),
    ACK_P50_MS("ack p50 ms", 3),
    ACK_P99_MS("ack p99 ms", 2),
    WRITTEN_BYTES("bytes written to disk per message", 0),
    DELIVERY_P50_MS("end-to-end p50 ms", 3),
    DELIVERY_P99_MS("end-to-end p99 ms", 2),
    LATE_P50_MS("lateness p50 ms", 3),
    LATE_P99_MS("lateness p99 ms", 2),
    LATE_P999_MS("lateness p99.9 ms", 2),
    LATE_MIN_MS("lateness of the earliest ms", 3),
    EARLY("early messages", 0),
    ALL_READABLE_S("due to all readable s", 3),
    LEAVING_PER_SECOND("messages leaving/s", 0),
    LEAVING_CPU_PER_MILLION("leaving CPU s per million", 2),
    OUT_OF_ORDER("messages out of order", 0),
    FORCED_WRITE_P50_MS("a forced write to this disk p50 ms", 3),
    FORCED_WRITE_P99_MS("a forced write to this disk p99 ms", 2),
    FAILOVER_MIN_S("kill -9 of the leader to the next acknowledged send, least s", 2),
    FAILOVER_P50_S("kill -9 of the leader to the next acknowledged send, median s", 2),
    FAILOVER_MAX_S("kill -9 of the leader to the next acknowledged send, most s", 2),
    FAILED_SENDS("sends that failed per kill, after the client's retries", 1),
    REFUSED("refused sends", 0),
    CREATED_PER_SECOND("topics created/s", 0),
    DRAINED_PER_SECOND("drained messages/s", 0),
    DRAIN_CPU_PER_MILLION("drain CPU s per million", 2),
    FIRST_MESSAGE_S("start to first message accepted s", 2),
    RECOVERY_S("kill -9 to first message accepted s", 2),
    RESTART_FIRES_S("restart to first due message s", 2),
    LOG_GB("log GB at the kill", 2),
    IDLE_CPU_PERCENT("idle CPU % of a core", 2),
    TIMER_CPU_PERCENT("of it the timer's thread", 3),
    HEARTBEATS_PERCENT("whole heartbeats, CPU % of a core", 2),
    SHORT_HEARTBEATS_PERCENT("short heartbeats, CPU % of a core", 2),
    CONNECTED("connections", 0),
    PER_CONNECTION_KB("anonymous memory KB per connection", 2),
    UNDECIDED("undecided transactions", 0),
    SENDS_BESIDE("messages/s beside the undecided, of those without", 3),
    CPU_BESIDE("CPU per message beside the undecided, of that without", 3),
    ASKED("checks that the producer was asked", 0),
    FILTERED_PER_SECOND("messages filtered/s of one thread", 0),
    PENDING("messages pending", 0),
    HEAP_MB("heap after a collection MB", 1),
    ANONYMOUS_MB("anonymous memory MB, peak", 0),
    THREADS("threads", 0),
    FILES("open files", 0);

    private final String title;
    private final int decimals;

    Metric(String title, int decimals) {
        this.title = title;
        this.decimals = decimals;
    }

    String title() {
        return title;
    }

    /** The value as a report shows it. */
    String text(double value) {
        return decimals == 0
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
