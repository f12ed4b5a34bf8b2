package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CrowdTest {
    private static final byte[] FRAME = new Frame(34, 1, Map.of(), new byte[0]).encode(HeaderFormat.JSON);
    private final Recorder seen = new Recorder();

    @Test
    void askingOfEachConnectionGetsOneAnswerForEach() throws IOException {
        ask(0);

        assertThat(seen.messagesReceived()).isEqualTo(30);
        assertThat(seen.errors()).isEmpty();
    }

    @Test
    void anAnswerWithAnotherCodeIsAnError() throws IOException {
        ask(7);

        assertThat(seen.messagesReceived()).isZero();
        assertThat(seen.errors()).containsEntry("request answered with code 7", 30L);
    }

    private void ask(int code) throws IOException {
        try (var broker = new FakeBroker(_ -> code);
                Crowd crowd = Crowd.connect(Ticker.system(), broker.address(), 20)) {
            crowd.ask(_ -> FRAME, 30, Duration.ofMillis(50), seen);
            assertThat(crowd.size()).isEqualTo(20);
        }
    }
}
