package io.carillon.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The results as a Markdown document, which also reads well on a terminal. */
final class Report {
    private final Results results;
    private final String conditions;

    Report(Results results, String conditions) {
        this.results = results;
        this.conditions = conditions;
    }

    String markdown() {
        var lines = new ArrayList<String>();
        lines.add(conditions);
        lines.add("");
        lines.addAll(table());
        lines.add("");
        lines.addAll(notes());
        lines.addAll(errors());
        lines.add("");
        lines.addAll(targets());
        return String.join(System.lineSeparator(), lines) + System.lineSeparator();
    }

    private List<String> table() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "scenario", "figure", "Apache median (min-max)", "Carillon median (min-max)", "Carillon / Apache"));
        for (String scenario : results.scenarios()) {
            for (Metric metric : Metric.values()) {
                row(scenario, metric).ifPresent(rows::add);
            }
        }
        return new Columns(rows).lines();
    }

    private Optional<List<String>> row(String scenario, Metric metric) {
        Optional<Spread> apache = results.spread(scenario, ServerKind.APACHE, metric);
        Optional<Spread> carillon = results.spread(scenario, ServerKind.CARILLON, metric);
        if (apache.isEmpty() && carillon.isEmpty()) {
            return Optional.empty();
        }
        String ratio = apache.flatMap(by -> carillon.map(it -> ratio(it.median(), by.median())))
                .orElse("");
        return Optional.of(List.of(
                scenario,
                metric.title(),
                apache.map(spread -> spread.text(metric)).orElse(""),
                carillon.map(spread -> spread.text(metric)).orElse(""),
                ratio));
    }

    private static String ratio(double value, double by) {
        return by == 0 ? "" : String.format(Locale.ROOT, "%.2f", value / by);
    }

    private List<String> notes() {
        List<String> lines = new ArrayList<>();
        for (Scenario scenario : Scenarios.all()) {
            if (results.scenarios().contains(scenario.name())
                    && !scenario.note().isEmpty()) {
                lines.add("- %s: %s".formatted(scenario.name(), scenario.note()));
            }
        }
        if (!lines.isEmpty()) {
            lines.add("");
        }
        return lines;
    }

    /** A run with errors never passes for one without. */
    private List<String> errors() {
        List<String> lines = new ArrayList<>();
        results.failures()
                .forEach((scenario, cause) -> lines.add("- **FAILED**: %s: %s"
                        .formatted(scenario, cause.lines().findFirst().orElse(""))));
        for (String scenario : results.scenarios()) {
            for (ServerKind kind : ServerKind.values()) {
                Map<String, Long> errors = results.errors(scenario, kind);
                errors.forEach((what, times) ->
                        lines.add("- **ERRORS** in %s, %s: %d x %s".formatted(scenario, kind.title(), times, what)));
            }
        }
        return lines.isEmpty() ? List.of("No errors: every answer was the wanted one.") : lines;
    }

    boolean hasErrors() {
        return !results.failures().isEmpty()
                || results.scenarios().stream()
                        .anyMatch(scenario ->
                                !results.errors(scenario, ServerKind.CARILLON).isEmpty());
    }

    private List<String> targets() {
        return Target.all().stream()
                .map(target -> target.judge(results))
                .flatMap(Optional::stream)
                .map(outcome -> "- " + outcome.text())
                .toList();
    }

    /** A Markdown table whose columns line up. */
    private record Columns(List<List<String>> rows) {
        List<String> lines() {
            List<String> lines = new ArrayList<>();
            for (List<String> row : rows) {
                lines.add(line(row));
                if (lines.size() == 1) {
                    lines.add(line(row.stream().map(_ -> "---").toList()));
                }
            }
            return lines;
        }

        private String line(List<String> cells) {
            var line = new StringBuilder("|");
            for (int column = 0; column < cells.size(); column++) {
                String cell = cells.get(column);
                line.append(' ')
                        .append(cell)
                        .append(" ".repeat(width(column) - cell.length()))
                        .append(" |");
            }
            return line.toString();
        }

        private int width(int column) {
            return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
        }
    }
}
