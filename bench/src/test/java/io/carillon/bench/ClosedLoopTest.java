package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.Ticker;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ClosedLoopTest {
    private final SplittableRandom random = new SplittableRandom(3);

    @Test
    void countsEveryAcknowledgedMessageOnce() throws Exception {
        Recorder phase = sendThousand(n -> 0);

        assertThat(phase.messagesSent()).isEqualTo(1_000);
        assertThat(phase.errors()).isEmpty();
        assertThat(phase.ackMs(50)).isPositive();
    }

    @Test
    void aRefusedSendIsAnErrorAndNoMessage() throws Exception {
        Recorder phase = sendThousand(n -> n % 10 == 0 ? 2 : 0);

        assertThat(phase.messagesSent()).isEqualTo(900);
        assertThat(phase.errors()).isEqualTo(Map.of("send answered with code 2", 100L));
    }

    @Test
    void failsWhenTheServerIsGone() throws Exception {
        var frame = new SendFrame(SendShape.of("bench_test", 64), Ids.prefix(random), 0, random);
        FakeBroker broker = new FakeBroker(n -> {
            throw new IllegalStateException("the server dies");
        });
        var load = ClosedLoop.of(Ticker.system(), broker.address(), frame, 10);
        load.start();
        while (!load.isDone()) {
            Thread.onSpinWait();
        }
        broker.close();

        assertThatThrownBy(load::rethrowFailure).hasMessageContaining("closed the connection");
    }

    private Recorder sendThousand(IntUnaryOperator codes) throws Exception {
        var frame = new SendFrame(SendShape.of("bench_test", 64), Ids.prefix(random), 0, random);
        var phase = new Recorder();
        try (FakeBroker broker = new FakeBroker(codes)) {
            var load = ClosedLoop.of(Ticker.system(), broker.address(), frame, 1_000);
            load.record(phase);
            load.start();
            while (!load.hasSentAll()) {
                Thread.onSpinWait();
            }
            load.stop();
        }
        return phase;
    }
}
