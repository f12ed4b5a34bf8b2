package io.carillon.base.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    @Test
    void theWaitGrowsFromTryToTryUpToItsLimit() {
        RetryPolicy policy = new RetryPolicy(5, 100, 3, 1_000);
        assertThat(policy.backoffMs(1)).isEqualTo(100);
        assertThat(policy.backoffMs(2)).isEqualTo(300);
        assertThat(policy.backoffMs(3)).isEqualTo(900);
        assertThat(policy.backoffMs(4)).isEqualTo(1_000);
        assertThat(policy.backoffMs(Integer.MAX_VALUE)).isEqualTo(1_000);
    }

    @Test
    void aPolicyWithoutATryIsRefused() {
        assertThatThrownBy(() -> new RetryPolicy(0, 0, 1, 0)).hasMessageContaining("max_attempts must be at least 1");
        assertThatThrownBy(() -> new RetryPolicy(1, 0, Double.NaN, 0)).hasMessageContaining("backoff_multiplier");
    }

    @Test
    void aDelayCountsFromTheEnginesNowAndNeverOverflows() {
        assertThat(new When.After(5).dueMs(100)).isEqualTo(105);
        assertThat(new When.After(Long.MAX_VALUE).dueMs(100)).isEqualTo(Long.MAX_VALUE);
        assertThat(new When.At(7).dueMs(100)).isEqualTo(100);
        assertThat(new When.At(700).dueMs(100)).isEqualTo(700);
    }
}
