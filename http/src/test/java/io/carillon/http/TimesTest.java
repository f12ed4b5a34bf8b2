package io.carillon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.carillon.api.delayqueue.v1.Message;
import io.carillon.api.delayqueue.v1.PullResponse;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class TimesTest {
    @Property
    void msAreTheSameThereAndBack(@ForAll @LongRange(min = 0, max = 253_402_300_799_999L) long ms) {
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

    /** Clients of other protocols say what they like, and who pulls must be able to read it. */
    @Property
    void everyTimeHasAForm(@ForAll long ms) {
        Message message = Message.newBuilder()
                .setDueAt(Times.timestamp(ms))
                .setSentAt(Times.timestamp(-ms))
                .setTtl(Times.duration(ms))
                .build();
        assertThat(new String(JsonForm.write(message), StandardCharsets.UTF_8)).contains("dueAt");
        PullResponse pulled = PullResponse.newBuilder()
                .addMessages(ReceivedMessage.newBuilder().setMessage(message).setVisibleAt(Times.timestamp(ms)))
                .build();
        assertThat(new String(JsonForm.write(pulled), StandardCharsets.UTF_8)).contains("sentAt");
    }

    @Test
    void whatIsNegativeIsRefusedByItsName() {
        Duration negative = Duration.newBuilder().setSeconds(-1).build();
        assertThatThrownBy(() -> Times.ms(negative, "delay"))
                .isInstanceOf(Rejected.class)
                .hasMessageContaining("delay");
    }
}
