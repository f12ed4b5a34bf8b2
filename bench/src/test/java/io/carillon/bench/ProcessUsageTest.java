package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessUsageTest {
    @Test
    void theProcessesOfAGroupAreAddedUp() {
        assertThat(new ProcessUsage(1.5, 10, 3, 4, 100).plus(new ProcessUsage(0.25, 20, 5, 6, 1)))
                .isEqualTo(new ProcessUsage(1.75, 30, 8, 10, 101));
    }

    @Test
    void addsUserAndSystemTimeEvenWhenTheNameHoldsBlanksAndBrackets() {
        String stat = "4711 (java (x) y) S 1 4711 4711 0 -1 4194304 100 0 3 0 1234 66 0 0 20 0 40 0 9999 1 2 3";

        assertThat(ProcessUsage.cpuSeconds(stat)).isEqualTo(13.0);
    }

    @Test
    void readsANumberFromTheStatus() {
        List<String> status = List.of("Name:\tjava", "RssAnon:\t  345600 kB", "RssFile:\t 12 kB", "Threads:\t41");

        assertThat(ProcessUsage.number(status, "RssAnon:")).isEqualTo(345_600);
        assertThat(ProcessUsage.number(status, "Threads:")).isEqualTo(41);
        assertThatThrownBy(() -> ProcessUsage.number(status, "VmSwap:")).hasMessageContaining("VmSwap:");
    }

    @Test
    void seesThisProcess() throws Exception {
        ProcessUsage usage = ProcessUsage.of(ProcessHandle.current().pid());

        assertThat(usage.cpuSeconds()).isPositive();
        assertThat(usage.anonymousBytes()).isGreaterThan(1_000_000);
        assertThat(usage.threads()).isGreaterThan(3);
        assertThat(usage.files()).isGreaterThan(2);
        assertThat(usage.writtenBytes()).isNotNegative();
    }
}
