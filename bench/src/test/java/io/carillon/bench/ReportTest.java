package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {
    private final Results results = new Results();

    @Test
    void showsMediansWithTheirExtremesAndTheRatio() {
        for (double cpu : new double[] {30, 27, 28}) {
            results.add("produce-1k", ServerKind.APACHE, new Figures().put(Metric.CPU_PER_MILLION, cpu));
        }
        results.add("produce-1k", ServerKind.CARILLON, new Figures().put(Metric.CPU_PER_MILLION, 7));

        String report = new Report(results, "somewhere").markdown();

        assertThat(report)
                .contains("somewhere")
                .contains("28.00 (27.00-30.00)")
                .containsPattern("\\| 7.00 +\\| 0.25 +\\|")
                .contains("No errors")
                .contains("produce-1k, server CPU s per million: 0.250 x Apache, wanted <= 0.333: met");
    }

    @Test
    void comparesGroupsWithGroups() {
        results.add("produce-1k", ServerKind.APACHE_GROUP, new Figures().put(Metric.CPU_PER_MILLION, 40));
        var figures = new Figures().put(Metric.CPU_PER_MILLION, 10);
        figures.error("send answered with code 14", 1);
        results.add("produce-1k", ServerKind.CARILLON_GROUP, figures);

        var report = new Report(results, "");

        assertThat(report.markdown())
                .contains("Carillon group / Apache group")
                .doesNotContain("Carillon / Apache")
                .containsPattern("\\| 40.00 +\\| 10.00 +\\| 0.25 +\\|");
        assertThat(report.hasErrors()).isTrue();
    }

    @Test
    void neverPassesARunWithErrorsForOneWithout() {
        var figures = new Figures().put(Metric.SENT_PER_SECOND, 1);
        figures.error("send answered with code 2", 3);
        results.add("produce-1k", ServerKind.CARILLON, figures);
        results.add("produce-1k", ServerKind.CARILLON, figures);

        var report = new Report(results, "");

        assertThat(report.markdown()).contains("**ERRORS** in produce-1k, Carillon: 6 x send answered with code 2");
        assertThat(report.markdown()).doesNotContain("No errors");
        assertThat(report.hasErrors()).isTrue();
    }

    @Test
    void saysWhatTheFiguresOfAScenarioHold() {
        results.add("produce-1k", ServerKind.CARILLON, new Figures().put(Metric.CPU_PER_MILLION, 1));
        assertThat(new Report(results, "").markdown()).doesNotContain("- produce-1k: the CPU is");

        results.add("delayed-send", ServerKind.CARILLON, new Figures().put(Metric.CPU_PER_MILLION, 1));

        assertThat(new Report(results, "").markdown()).contains("- delayed-send: the CPU is all that the server used");
    }

    @Test
    void saysWhichScenarioFailedAndWhy() {
        results.failed("drain-1k", "the load failed");

        var report = new Report(results, "");

        assertThat(report.markdown()).contains("**FAILED**: drain-1k: the load failed");
        assertThat(report.hasErrors()).isTrue();
    }

    @Test
    void judgesOnlyWhatTheRunAsked() {
        results.add("produce-1k", ServerKind.CARILLON, new Figures().put(Metric.CPU_PER_MILLION, 10));
        results.add("topics-2000x8", ServerKind.CARILLON, new Figures().put(Metric.CPU_PER_MILLION, 16));

        List<String> outcomes = Target.all().stream()
                .flatMap(target -> target.judge(results).stream())
                .map(Target.Outcome::text)
                .toList();

        assertThat(outcomes)
                .containsExactly("topics-2000x8, server CPU s per million: 1.60 x produce-1k, wanted <= 1.50: NOT MET");
    }

    @Test
    void takesTheMiddleOfAnEvenNumberOfRounds() {
        assertThat(Spread.of(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(new Spread(2.5, 1, 4));
    }

    @Test
    void everyTargetNamesAScenarioThatExists() {
        List<String> names = Scenarios.all().stream().map(Scenario::name).toList();

        assertThat(Target.all()).allMatch(target -> names.contains(target.scenario()));
        assertThatThrownBy(() -> Scenarios.named("produce-1k,none")).hasMessageContaining("none");
        assertThat(Scenarios.named("drain-1k,produce-1k"))
                .extracting(Scenario::name)
                .containsExactly("produce-1k", "drain-1k");
    }
}
