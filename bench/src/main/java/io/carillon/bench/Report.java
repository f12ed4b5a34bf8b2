package io.carillon.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

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
        List<Pair> pairs = Pair.ALL.stream()
                .filter(pair -> results.has(pair.apache()) || results.has(pair.carillon()))
                .toList();
        rows.add(row("scenario", "figure", pairs.stream().flatMap(Pair::titles)));
        for (String scenario : results.scenarios()) {
            for (Metric metric : Metric.values()) {
                List<String> cells = pairs.stream()
                        .flatMap(pair -> cells(pair, scenario, metric))
                        .toList();
                if (!cells.stream().allMatch(String::isEmpty)) {
                    rows.add(row(scenario, metric.title(), cells.stream()));
                }
            }
        }
        return new Columns(rows).lines();
    }

    private static List<String> row(String scenario, String figure, Stream<String> cells) {
        return Stream.concat(Stream.of(scenario, figure), cells).toList();
    }

    /** Two kinds of server that are compared with one another. */
    private record Pair(ServerKind apache, ServerKind carillon) {
        static final List<Pair> ALL = List.of(
                new Pair(ServerKind.APACHE, ServerKind.CARILLON),
                new Pair(ServerKind.APACHE_GROUP, ServerKind.CARILLON_GROUP));

        Stream<String> titles() {
            return Stream.of(
                    apache.title() + " median (min-max)",
                    carillon.title() + " median (min-max)",
                    carillon.title() + " / " + apache.title());
        }
    }

    private Stream<String> cells(Pair pair, String scenario, Metric metric) {
        Optional<Spread> apache = results.spread(scenario, pair.apache(), metric);
        Optional<Spread> carillon = results.spread(scenario, pair.carillon(), metric);
        return Stream.of(
                apache.map(spread -> spread.text(metric)).orElse(""),
                carillon.map(spread -> spread.text(metric)).orElse(""),
                apache.flatMap(by -> carillon.map(it -> ratio(it.median(), by.median())))
                        .orElse(""));
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
                        .anyMatch(scenario -> hasErrors(scenario, ServerKind.CARILLON)
                                || hasErrors(scenario, ServerKind.CARILLON_GROUP));
    }

    private boolean hasErrors(String scenario, ServerKind kind) {
        return !results.errors(scenario, kind).isEmpty();
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
