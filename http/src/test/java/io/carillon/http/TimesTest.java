package io.carillon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class TimesTest {
    @Property
    void msAreTheSameThereAndBack(@ForAll @LongRange(min = 0, max = Long.MAX_VALUE / 2000) long ms) {
        assertThat(Times.ms(Times.duration(ms), "f")).isEqualTo(ms);
        assertThat(Times.ms(Times.timestamp(ms), "f")).isEqualTo(ms);
    }

    @Test
    void whatIsLessThanAMsIsOneForAMessageIsNeverEarly() {
        assertThat(Times.ms(Duration.newBuilder().setNanos(1).build(), "f")).isEqualTo(1);
    }

    @Test
    void theFarthestTimesDoNotOverflow() {
        Timestamp far = Timestamp.newBuilder().setSeconds(Long.MAX_VALUE).build();
        assertThat(Times.ms(far, "f")).isPositive();
    }

    @Test
    void whatIsNegativeIsRefusedByItsName() {
        Duration negative = Duration.newBuilder().setSeconds(-1).build();
        assertThatThrownBy(() -> Times.ms(negative, "delay"))
                .isInstanceOf(Rejected.class)
                .hasMessageContaining("delay");
    }
}
