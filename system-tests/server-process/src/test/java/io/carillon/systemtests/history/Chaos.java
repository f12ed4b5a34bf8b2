package io.carillon.systemtests.history;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** The entry of {@code ./carillon chaos}: random faults to a group of three under load, for as long as it is told. */
final class Chaos {
    private static final int USAGE_ERROR = 2;
    private static final long DISK_MIB = 8 << 10;
    private static final int FAULTS_IN_ROUND = 8;
    /** About a megabyte a second: hours fit on the disks. */
    private static final Duration PAUSE = Duration.ofMillis(20);

    private static final String USAGE = """
            Usage: ./carillon chaos [--minutes N] [--seed S] [--faults NAME,...]
              --minutes N   how long it goes on, 10 unless told
              --seed S      the choices of the run that printed this seed; their times differ
              --faults ...  only these, of: %s
            Starts a name server and three brokers, on hosts and disks of their own where root may make these, and lets one
            fault after the other happen to them while clients work. Every %d faults it stops the clients and looks whether
            what they were told holds, and whether all replicas have the same log, to the byte.
            Exit codes: 0 all held, 1 something did not, 2 wrong usage.
            """;

    private final Options options;
    private final Random random;
    private final Map<Fault, Integer> done = new EnumMap<>(Fault.class);
    private long acknowledged;

    private record Options(long minutes, long seed, List<Fault> faults) {}

    private Chaos(Options options) {
        this.options = options;
        random = new Random(options.seed());
    }

    public static void main(String[] args) {
        if (List.of(args).contains("--help")) {
            System.out.print(usage());
            return;
        }
        int exit;
        try {
            exit = new Chaos(parse(args)).run() ? 0 : 1;
        } catch (IllegalArgumentException e) {
            System.err.println("carillon chaos: " + e.getMessage());
            System.err.print(usage());
            exit = USAGE_ERROR;
        }
        System.exit(exit);
    }

    private static String usage() {
        return USAGE.formatted(
                String.join(", ", Arrays.stream(Fault.values()).map(Chaos::name).toList()), FAULTS_IN_ROUND);
    }

    private static String name(Fault fault) {
        return fault.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Options parse(String[] args) {
        long minutes = 10;
        long seed = System.nanoTime();
        List<Fault> faults = List.of(Fault.values());
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(args[i] + " needs a value, or is not known");
            }
            String value = args[i + 1];
            switch (args[i]) {
                case "--minutes" -> minutes = number(args[i], value);
                case "--seed" -> seed = number(args[i], value);
                case "--faults" ->
                    faults = Arrays.stream(value.split(",")).map(Chaos::fault).toList();
                default -> throw new IllegalArgumentException("no such flag: " + args[i]);
            }
        }
        return new Options(minutes, seed, faults);
    }

    private static long number(String flag, String value) {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(flag + " needs a whole number, not '" + value + "'", e);
        }
    }

    private static Fault fault(String name) {
        return Arrays.stream(Fault.values())
                .filter(fault -> name(fault).equals(name.strip()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such fault: " + name));
    }

    private static void say(String what) {
        System.out.println(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + what);
    }

    /** @return whether all held */
    private boolean run() {
        say("chaos for " + options.minutes() + " minutes: --seed " + options.seed());
        long endNs = System.nanoTime() + Duration.ofMinutes(options.minutes()).toNanos();
        List<String> wrong = new ArrayList<>();
        try (FaultLab lab = FaultLab.start("chaos", true, DISK_MIB, random)) {
            List<Fault> faults = options.faults().stream().filter(lab::can).toList();
            options.faults().stream()
                    .filter(fault -> !lab.can(fault))
                    .forEach(fault -> say("left out: " + name(fault) + ", " + FaultLab.obstacle(fault)));
            for (int round = 1; wrong.isEmpty() && !faults.isEmpty() && System.nanoTime() - endNs < 0; round++) {
                wrong.addAll(round(lab, faults, round, endNs));
            }
        } catch (Exception | AssertionError e) {
            e.printStackTrace(System.out);
            wrong.add("it did not go on: " + e);
        }
        return verdict(wrong);
    }

    private List<String> round(FaultLab lab, List<Fault> faults, int round, long endNs) throws Exception {
        try (Workload load = Workload.start(lab::addresses, options.seed() + round, PAUSE)) {
            load.awaitAcked(1 + random.nextInt(100));
            for (int i = 0; i < FAULTS_IN_ROUND && System.nanoTime() - endNs < 0; i++) {
                Fault fault = faults.get(random.nextInt(faults.size()));
                say("round " + round + ": " + name(fault));
                lab.strike(fault, load);
                if (fault.takesVote()) {
                    lab.awaitThatAllVote();
                }
                done.merge(fault, 1, Integer::sum);
                load.awaitAcked(1 + random.nextInt(200));
            }
            load.finish();
            load.audit();
            acknowledged += load.acked();
            List<String> wrong = new ArrayList<>(load.violations(true));
            wrong.addAll(lab.differences(load));
            say("round " + round + ": " + load.acked() + " acknowledged, "
                    + (wrong.isEmpty() ? "all of it there, once and in order; all replicas the same" : "WRONG"));
            return wrong;
        }
    }

    private boolean verdict(List<String> wrong) {
        wrong.forEach(Chaos::say);
        int count = done.values().stream().mapToInt(Integer::intValue).sum();
        say("%d faults %s, %d sends acknowledged: %s (--seed %d)"
                .formatted(
                        count,
                        done,
                        acknowledged,
                        wrong.isEmpty() ? "ALL HELD" : wrong.size() + " WRONG",
                        options.seed()));
        return wrong.isEmpty();
    }
}
