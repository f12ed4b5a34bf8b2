package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeTextTest {
    private static final long NOW_MS = Instant.parse("2030-01-31T08:00:00Z").toEpochMilli();
    private static final TimeText UTC = new TimeText(ZoneId.of("UTC"), NOW_MS);

    @ParameterizedTest
    @CsvSource({
        "now, 2030-01-31T08:00:00Z",
        "+90m, 2030-01-31T09:30:00Z",
        "-1h, 2030-01-31T07:00:00Z",
        "+1w2d3h4m5s6ms, 2030-02-09T11:04:05.006Z",
        "2030-02-01T00:00:00Z, 2030-02-01T00:00:00Z",
        "2030-02-01T00:00:00.250+02:00, 2030-01-31T22:00:00.250Z",
        "2030-07-01T12:00+02:00[Europe/Paris], 2030-07-01T10:00:00Z",
        "2030-02-01T12:30, 2030-02-01T12:30:00Z",
        "2030-02-01 12:30:15, 2030-02-01T12:30:15Z",
        "2030-02-01, 2030-02-01T00:00:00Z",
        "0, 1970-01-01T00:00:00Z",
        "1900000000000, 2030-03-17T17:46:40Z"
    })
    void readsTimesInManyForms(String text, Instant expected) {
        assertThat(UTC.parse(text)).isEqualTo(expected.toEpochMilli());
    }

    @Test
    void takesTheZoneForTimesThatNameNone() {
        TimeText paris = new TimeText(ZoneId.of("Europe/Paris"), NOW_MS);

        assertThat(paris.parse("2030-07-01T12:00"))
                .isEqualTo(Instant.parse("2030-07-01T10:00:00Z").toEpochMilli());
        assertThat(paris.show(NOW_MS)).isEqualTo("2030-01-31T09:00:00.000+01:00");
        assertThat(UTC.show(NOW_MS)).isEqualTo("2030-01-31T08:00:00.000Z");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "tomorrow",
                "2030-13-01",
                "2030-02-30",
                "12:30",
                "+",
                "+5",
                "+5y",
                "1h",
                "+9999999w",
                "99999999999999999"
            })
    void saysWhatATimeLooksLike(String text) {
        assertThatThrownBy(() -> UTC.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a time: '" + text + "'")
                .hasMessageContaining("+90m");
    }

    @Test
    void readsLengthsOfTime() {
        assertThat(TimeText.parseSpan("800ms")).isEqualTo(Duration.ofMillis(800));
        assertThat(TimeText.parseSpan("1h30m")).isEqualTo(Duration.ofMinutes(90));
        assertThatThrownBy(() -> TimeText.parseSpan("-5m")).hasMessageContaining("not a length of time");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0ms",
        "999, 999ms",
        "1000, 1s",
        "61000, 1m1s",
        "5400000, 1h30m",
        "3605000, 1h",
        "90000000, 1d1h",
        "31536000000, 365d"
    })
    void showsLengthsOfTimeByTheirTwoLargestUnits(long ms, String expected) {
        assertThat(TimeText.showSpan(ms)).isEqualTo(expected);
    }

    @Test
    void showsWhetherATimeIsToComeOrPast() {
        assertThat(UTC.showDistance(NOW_MS + 5_400_000)).isEqualTo("in 1h30m");
        assertThat(UTC.showDistance(NOW_MS - 5000)).isEqualTo("5s ago");
    }
}
