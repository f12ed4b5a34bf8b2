package io.carillon.bench;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** All rounds of all scenarios so far. Used by one thread. */
final class Results {
    private final Map<String, Map<ServerKind, List<Figures>>> rounds = new LinkedHashMap<>();

    private final Map<String, String> failures = new LinkedHashMap<>();

    void add(String scenario, ServerKind kind, Figures figures) {
        rounds.computeIfAbsent(scenario, _ -> new EnumMap<>(ServerKind.class))
                .computeIfAbsent(kind, _ -> new ArrayList<>())
                .add(figures);
    }

    void failed(String scenario, String cause) {
        failures.put(scenario, cause);
    }

    /** Why scenarios could not be run to their end, by their names. */
    Map<String, String> failures() {
        return failures;
    }

    List<String> scenarios() {
        return List.copyOf(rounds.keySet());
    }

    /** Whether anything was found out about servers of this kind. */
    boolean has(ServerKind kind) {
        return rounds.values().stream().anyMatch(kinds -> kinds.containsKey(kind));
    }

    private List<Figures> of(String scenario, ServerKind kind) {
        return rounds.getOrDefault(scenario, Map.of()).getOrDefault(kind, List.of());
    }

    Optional<Spread> spread(String scenario, ServerKind kind, Metric metric) {
        List<Double> values = of(scenario, kind).stream()
                .filter(figures -> figures.values().containsKey(metric))
                .map(figures -> figures.values().get(metric))
                .toList();
        return values.isEmpty() ? Optional.empty() : Optional.of(Spread.of(values));
    }

    /** What went wrong in all rounds together. */
    Map<String, Long> errors(String scenario, ServerKind kind) {
        var errors = new TreeMap<String, Long>();
        of(scenario, kind)
                .forEach(figures -> figures.errors().forEach((what, times) -> errors.merge(what, times, Long::sum)));
        return errors;
    }
}
