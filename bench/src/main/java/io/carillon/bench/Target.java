package io.carillon.bench;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A bar that Carillon's median must clear: against Apache's median of the same run, against another scenario of its own, or
 * a plain number.
 *
 * @param atMost whether {@code bound} is the most allowed, or the least
 */
record Target(String scenario, Metric metric, Against against, boolean atMost, double bound) {
    private static final String BASE_SCENARIO = "produce-1k";

    enum Against {
        APACHE,
        PRODUCE_1K,
        NUMBER
    }

    /** What became of a target: empty of a verdict when the run did not ask. */
    record Outcome(Target target, double found, boolean isMet) {
        String text() {
            String sign = target.atMost ? "<=" : ">=";
            String of = switch (target.against) {
                case APACHE -> " x Apache";
                case PRODUCE_1K -> " x " + BASE_SCENARIO;
                case NUMBER -> "";
            };
            return String.format(
                    Locale.ROOT,
                    "%s, %s: %.3g%s, wanted %s %.3g: %s",
                    target.scenario,
                    target.metric.title(),
                    found,
                    of,
                    sign,
                    target.bound,
                    isMet ? "met" : "NOT MET");
        }
    }

    static List<Target> all() {
        return List.of(
                ofApache("produce-1k", Metric.CPU_PER_MILLION, true, 1 / 3.0),
                ofApache("produce-1k", Metric.SENT_PER_SECOND, false, 2),
                ofApache("produce-128", Metric.CPU_PER_MILLION, true, 1 / 3.0),
                ofApache("batch-32x1k", Metric.CPU_PER_MILLION, true, 0.6),
                ofApache("drain-1k", Metric.DRAIN_CPU_PER_MILLION, true, 0.6),
                ofApache("open-loop-5k", Metric.CPU_PER_MILLION, true, 0.45),
                ofApache("open-loop-5k", Metric.DELIVERY_P50_MS, true, 0.5),
                ofApache("open-loop-5k", Metric.DELIVERY_P99_MS, true, 1),
                ofApache("one-in-flight", Metric.ACK_P50_MS, true, 0.5),
                ofApache("sync-256", Metric.CPU_PER_MILLION, true, 1 / 3.0),
                ofApache("sync-256", Metric.SENT_PER_SECOND, false, 2),
                number("official-client", Metric.REFUSED, true, 0),
                number("start", Metric.FIRST_MESSAGE_S, true, 1.0),
                number("memory", Metric.ANONYMOUS_MB, true, 400),
                number("idle", Metric.IDLE_CPU_PERCENT, true, 1),
                number("topics-2000x8", Metric.ANONYMOUS_MB, true, 1000),
                number("topics-2000x8", Metric.CREATED_PER_SECOND, false, 500),
                new Target("topics-2000x8", Metric.CPU_PER_MILLION, Against.PRODUCE_1K, true, 1.5),
                ofApache("pop-1k", Metric.DRAIN_CPU_PER_MILLION, true, 1 / 3.0),
                ofApache("transactions", Metric.CPU_PER_MILLION, true, 1 / 3.0),
                number("undecided-100k", Metric.SENDS_BESIDE, false, 0.9),
                number("undecided-100k", Metric.CPU_BESIDE, true, 1.2),
                number("sql-filter", Metric.FILTERED_PER_SECOND, false, 2_000_000),
                number("idle-connections", Metric.ANONYMOUS_MB, true, 300),
                number("heartbeats", Metric.HEARTBEATS_PERCENT, true, 5),
                number("heartbeats", Metric.SHORT_HEARTBEATS_PERCENT, true, 5),
                number("recovery", Metric.RECOVERY_S, true, 2),
                new Target("delayed-send", Metric.SENT_PER_SECOND, Against.PRODUCE_1K, false, 0.8),
                ofApache("delayed-life", Metric.CPU_PER_MILLION, true, 0.2),
                number("delayed-calm", Metric.LATE_P50_MS, true, 2),
                number("delayed-calm", Metric.LATE_P99_MS, true, 5),
                number("delayed-calm", Metric.LATE_P999_MS, true, 20),
                number("delayed-calm", Metric.EARLY, true, 0),
                number("delayed-20k", Metric.LATE_P99_MS, true, 50),
                number("delayed-20k", Metric.EARLY, true, 0),
                number("delayed-burst", Metric.ALL_READABLE_S, true, 2),
                number("delayed-burst", Metric.EARLY, true, 0),
                number("delayed-burst", Metric.OUT_OF_ORDER, true, 0),
                number("delayed-idle", Metric.TIMER_CPU_PERCENT, true, 0.1),
                number("delayed-restart", Metric.RESTART_FIRES_S, true, 5),
                number("delayed-pending", Metric.TIMER_CPU_PERCENT, true, 0.1),
                number("delayed-pending", Metric.RESTART_FIRES_S, true, 5));
    }

    private static Target ofApache(String scenario, Metric metric, boolean atMost, double bound) {
        return new Target(scenario, metric, Against.APACHE, atMost, bound);
    }

    private static Target number(String scenario, Metric metric, boolean atMost, double bound) {
        return new Target(scenario, metric, Against.NUMBER, atMost, bound);
    }

    /** Empty when the run lacks one of the two sides. */
    Optional<Outcome> judge(Results results) {
        Optional<Double> carillon = median(results, scenario, ServerKind.CARILLON);
        Optional<Double> base = switch (against) {
            case APACHE -> median(results, scenario, ServerKind.APACHE);
            case PRODUCE_1K -> median(results, BASE_SCENARIO, ServerKind.CARILLON);
            case NUMBER -> Optional.of(1.0);
        };
        return carillon.flatMap(value -> base.map(by -> outcome(value / by)));
    }

    private Optional<Double> median(Results results, String of, ServerKind kind) {
        return results.spread(of, kind, metric).map(Spread::median);
    }

    private Outcome outcome(double found) {
        return new Outcome(this, found, atMost ? found <= bound : found >= bound);
    }
}
