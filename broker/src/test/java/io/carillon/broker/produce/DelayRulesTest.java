package io.carillon.broker.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.broker.Broker;
import io.carillon.broker.SmallBroker;
import io.carillon.log.AppendBatch;
import io.carillon.message.DueTime;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.Topic;
import io.carillon.testkit.LossyStorage;
import io.carillon.testkit.ManualTicker;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DelayRulesTest {
    private final ManualTicker ticker = new ManualTicker();

    @AutoClose
    private final Broker broker = Broker.open(
            SmallBroker.config(), new LossyStorage(), ticker, new Counters(), new SplittableRandom(1), Runnable::run);

    private final AppendBatch batch = new AppendBatch(_ -> {});

    DelayRulesTest() {
        broker.topics().createIfAbsent(Topic.of("T", 1), _ -> {});
        while (broker.topics().find("T") == null) {
            broker.agents().forEach(agent -> agent.doWork());
        }
    }

    private Refused take(String property, String value) {
        Send send = new Send();
        send.topicBytes = 1;
        send.topic[0] = 'T';
        byte[] properties = MessageProperties.encode(Map.of(property, value));
        System.arraycopy(properties, 0, send.properties, 0, properties.length);
        send.propertiesBytes = properties.length;
        send.body = ByteBuffer.wrap("body".getBytes(StandardCharsets.US_ASCII));
        send.bornHost = new byte[MessageRecord.HOST_V4_BYTES];
        return broker.produce().take(send, new Intake(), batch);
    }

    private long delayMs(String property, String value) {
        assertThat(take(property, value)).isNull();
        long due = MessageRecord.due(batch.bytes(), batch.start(batch.count() - 1));
        return due == 0 ? 0 : DueTime.ms(due) - ticker.nowMs();
    }

    @ParameterizedTest
    @CsvSource({
        "DELAY, 1, 1000",
        "DELAY, 18, 7200000",
        "DELAY, 19, 7200000",
        "DELAY, 00, 0",
        "DELAY, -3, 0",
        "TIMER_DELAY_SEC, 90, 90000",
        "TIMER_DELAY_MS, 1, 1",
        "TIMER_DELAY_MS, 000800, 800",
        "TIMER_DELAY_MS, +800, 800",
        "TIMER_DELAY_MS, 0, 0",
        "TIMER_DELAY_MS, -5, 0",
        "TIMER_DELIVER_MS, 1, 0",
    })
    void readsWhenAMessageIsDue(String property, String value, long delayMs) {
        assertThat(delayMs(property, value)).isEqualTo(delayMs);
    }

    @Test
    void readsATime() {
        long inTenMinutes = ticker.nowMs() + Duration.ofMinutes(10).toMillis();

        assertThat(delayMs("TIMER_DELIVER_MS", Long.toString(inTenMinutes)))
                .isEqualTo(Duration.ofMinutes(10).toMillis());
    }

    @ParameterizedTest
    @CsvSource({
        "TIMER_DELAY_MS, soon, should be a number",
        "TIMER_DELAY_MS, 1.5, should be a number",
        "TIMER_DELAY_MS, 99999999999999999999, should be a number",
        "DELAY, x, should be a number",
        "TIMER_DELAY_MS, 999999999999999999, should not be bigger",
        "TIMER_DELAY_SEC, 9223372036854775807, should not be bigger",
        "TIMER_DELIVER_MS, 9223372036854775807, should not be bigger",
    })
    void refusesWhatIsNoTimeOrTooFarAway(String property, String value, String why) {
        Refused refused = Objects.requireNonNull(take(property, value));

        assertThat(refused.reason()).isEqualTo(Refused.Reason.ILLEGAL_MESSAGE);
        assertThat(refused.detail()).contains(why).contains("timer message illegal");
    }
}
