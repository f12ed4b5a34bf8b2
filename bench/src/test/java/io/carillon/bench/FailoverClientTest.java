package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FailoverClientTest {
    private static final String OUTPUT = """
            acknowledged 1
            gap from=1000 to=1150 failed=0
            gap from=9990 to=10020 failed=0
            first failure after 812: RemotingConnectException
            gap from=10020 to=12500 failed=3
            gap from=12600 to=19000 failed=1
            """;

    @Test
    void takesTheFirstGapThatEndsAfterTheKill() {
        assertThat(FailoverClient.gapOver(OUTPUT, 10_000)).contains(new FailoverClient.Gap(10_020, 12_500, 3));
    }

    @Test
    void knowsNoGapBeforeASendIsAcknowledgedAgain() {
        assertThat(FailoverClient.gapOver(OUTPUT, 19_000)).isEmpty();
    }

    @Test
    void countsFromTheKill() {
        assertThat(new FailoverClient.Gap(10_020, 12_500, 3).from(10_000).seconds())
                .isEqualTo(2.5);
    }
}
