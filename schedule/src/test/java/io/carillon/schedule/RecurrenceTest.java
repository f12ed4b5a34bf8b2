package io.carillon.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.message.Extras;
import io.carillon.message.MessageProperties;
import io.carillon.message.PropertyBytes;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecurrenceTest {
    private static long ms(String instant) {
        return Instant.parse(instant).toEpochMilli();
    }

    private static Recurrence recurrence(String... namesAndValues) {
        Map<String, String> properties = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            properties.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return Objects.requireNonNull(Recurrence.of(properties));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            */5 * * * *      | UTC           | 2026-03-01T10:02:00Z | 2026-03-01T10:05:00Z
            */5 * * * *      | UTC           | 2026-03-01T10:05:00Z | 2026-03-01T10:10:00Z
            */10 * * * * *   | UTC           | 2026-03-01T10:02:01Z | 2026-03-01T10:02:10Z
            30 9 * * 1       | Europe/Berlin | 2026-07-01T00:00:00Z | 2026-07-06T07:30:00Z
            0 0 1 1 *        | Asia/Tokyo    | 2026-07-01T00:00:00Z | 2026-12-31T15:00:00Z
            0 12 29 2 *      | UTC           | 2026-03-01T00:00:00Z | 2028-02-29T12:00:00Z
            0 0 31 * *       | UTC           | 2026-04-01T00:00:00Z | 2026-05-31T00:00:00Z
            """)
    void findsTheNextPoint(String cron, String zone, String after, String expected) {
        Recurrence recurrence = recurrence(Extras.CRON, cron, Extras.TIME_ZONE, zone);

        assertThat(Instant.ofEpochMilli(recurrence.firstMs(ms(after)))).isEqualTo(expected);
    }

    /** On 2026-03-29 at 02:00 clocks in Berlin go to 03:00. */
    @Test
    void comesAtTheEndOfAGapOfTheClock() {
        Recurrence recurrence = recurrence(Extras.CRON, "30 2 * * *", Extras.TIME_ZONE, "Europe/Berlin");

        long first = recurrence.firstMs(ms("2026-03-28T12:00:00Z"));
        long second = recurrence.nextMs(first, first);

        assertThat(Instant.ofEpochMilli(first)).isEqualTo("2026-03-29T01:00:00Z");
        assertThat(Instant.ofEpochMilli(second)).isEqualTo("2026-03-30T00:30:00Z");
    }

    /** On 2026-10-25 at 03:00 clocks in Berlin go back to 02:00. */
    @Test
    void comesOnceWhereTheClockShowsATimeTwice() {
        Recurrence recurrence = recurrence(Extras.CRON, "30 2 * * *", Extras.TIME_ZONE, "Europe/Berlin");

        long first = recurrence.firstMs(ms("2026-10-24T12:00:00Z"));
        long second = recurrence.nextMs(first, first);

        assertThat(Instant.ofEpochMilli(first)).isEqualTo("2026-10-25T00:30:00Z");
        assertThat(Instant.ofEpochMilli(second)).isEqualTo("2026-10-26T01:30:00Z");
    }

    @ParameterizedTest
    @CsvSource({"500ms,500", "90s,90000", "5m,300000", "1h,3600000", "2d,172800000", "PT1M30S,90000"})
    void comesAtAFixedDistance(String distance, long expected) {
        Recurrence recurrence = recurrence(Extras.CRON, "@every " + distance);

        assertThat(recurrence.firstMs(1_000_000)).isEqualTo(1_000_000 + expected);
        assertThat(recurrence.nextMs(1_000_000, 1_000_000)).isEqualTo(1_000_000 + expected);
    }

    @Test
    void doesNotDriftWhenOccurrencesAreLate() {
        Recurrence recurrence = recurrence(Extras.CRON, "@every 1s");
        SplittableRandom random = new SplittableRandom(1);
        long dueMs = recurrence.firstMs(1_000_000);
        for (int i = 0; i < 100; i++) {
            dueMs = recurrence.nextMs(dueMs, dueMs + random.nextInt(900));
        }

        assertThat(dueMs).isEqualTo(1_000_000 + 101_000);
    }

    @Test
    void countsAFixedDistanceFromTheStart() {
        Recurrence recurrence = recurrence(Extras.CRON, "@every 1h", Extras.START_MS, "5000000");

        assertThat(recurrence.firstMs(1000)).isEqualTo(5_000_000);
        assertThat(recurrence.firstMs(5_000_000 + 1)).isEqualTo(5_000_000 + 3_600_000);
    }

    @Test
    void endsAfterItsEnd() {
        String end = Long.toString(ms("2026-03-01T10:10:00Z"));
        Recurrence recurrence = recurrence(Extras.CRON, "*/5 * * * *", Extras.END_MS, end);

        assertThat(recurrence.firstMs(ms("2026-03-01T10:05:00Z"))).isEqualTo(ms("2026-03-01T10:10:00Z"));
        assertThat(recurrence.firstMs(ms("2026-03-01T10:10:00Z"))).isEqualTo(Recurrence.NEVER);
    }

    @Test
    void neverComesOnADayThatIsNot() {
        Recurrence recurrence = recurrence(Extras.CRON, "0 0 30 2 *");

        assertThat(recurrence.firstMs(ms("2026-03-01T00:00:00Z"))).isEqualTo(Recurrence.NEVER);
    }

    @Test
    void makesUpForMissedOccurrencesAsAsked() {
        long dueMs = ms("2026-03-01T10:00:00Z");
        long nowMs = ms("2026-03-01T10:31:00Z");
        Recurrence once = recurrence(Extras.CRON, "*/10 * * * *");
        Recurrence skip = recurrence(Extras.CRON, "*/10 * * * *", Extras.MISFIRE, "skip");
        Recurrence all = recurrence(Extras.CRON, "*/10 * * * *", Extras.MISFIRE, "ALL");

        assertThat(once.isSkipped(dueMs, nowMs)).isFalse();
        assertThat(skip.isSkipped(dueMs, nowMs)).isTrue();
        assertThat(skip.isSkipped(dueMs, dueMs + 500)).isFalse();
        assertThat(all.isSkipped(dueMs, nowMs)).isFalse();
        assertThat(once.nextMs(dueMs, nowMs)).isEqualTo(ms("2026-03-01T10:40:00Z"));
        assertThat(skip.nextMs(dueMs, nowMs)).isEqualTo(ms("2026-03-01T10:40:00Z"));
        assertThat(all.nextMs(dueMs, nowMs)).isEqualTo(ms("2026-03-01T10:10:00Z"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            CARILLON_CRON      | * * *              | five fields
            CARILLON_CRON      | 99 * * * *         | 99
            CARILLON_CRON      | a b c d e          | no cron expression
            CARILLON_CRON      | @every soon        | duration
            CARILLON_CRON      | @every 1ms         | more often
            CARILLON_CRON      | @every -5s         | duration
            CARILLON_CRON      | @every PT-5S       | more often
            CARILLON_CRON      | 0-/ * * * *        | no cron expression
            CARILLON_CRON      | @every 99999999999999999d | duration
            CARILLON_CRON      | @every PT2562047788015215H | duration
            CARILLON_TIME_ZONE | Europe/Nowhere     | time zone
            CARILLON_START_MS  | tomorrow           | CARILLON_START_MS
            CARILLON_END_MS    | 1e9                | CARILLON_END_MS
            CARILLON_MISFIRE   | maybe              | once, skip or all
            """)
    void saysWhatIsWrong(String name, String value, String said) {
        Map<String, String> properties = new HashMap<>(Map.of(Extras.CRON, "* * * * *"));
        properties.put(name, value);

        assertThatThrownBy(() -> Recurrence.of(properties))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(said);
    }

    @Test
    void answersAnyTextWithAScheduleOrARefusal() {
        SplittableRandom random = new SplittableRandom(3);
        String signs = "0123456789*/-,?LW# @everyMONsunPT";
        for (int i = 0; i < 5000; i++) {
            StringBuilder text = new StringBuilder();
            int fields = random.nextInt(4) == 0 ? random.nextInt(8) : 5 + random.nextInt(2);
            for (int field = 0; field < fields; field++) {
                for (int sign = random.nextInt(4); sign >= 0; sign--) {
                    text.append(signs.charAt(random.nextInt(random.nextBoolean() ? 13 : signs.length())));
                }
                text.append(' ');
            }
            try {
                Recurrence recurrence = recurrence(Extras.CRON, text.toString());
                assertThat(recurrence.firstMs(1_000_000)).as("'%s'", text).isGreaterThan(1_000_000);
            } catch (IllegalArgumentException _) {
                // as it should
            } catch (RuntimeException e) {
                throw new AssertionError("'" + text + "'", e);
            }
        }
    }

    @Test
    void numbersOccurrencesAndKeepsTheirKey() {
        Recurrence recurrence = recurrence(Extras.CRON, "* * * * *");
        var properties = new PropertyBytes();
        properties.put(MessageProperties.UNIQ_KEY, "id");

        recurrence.numberNext(properties);
        recurrence.numberNext(properties);

        assertThat(properties.get(MessageProperties.UNIQ_KEY)).isEqualTo("id-3");
        assertThat(properties.get(Extras.OCCURRENCE)).isEqualTo("3");
        assertThat(properties.get(Extras.KEY)).isEqualTo("id");
    }

    @Test
    void givesNoKeyToWhatHasNoId() {
        var properties = new PropertyBytes();

        recurrence(Extras.CRON, "* * * * *").numberNext(properties);

        byte[] stored = new byte[properties.length()];
        properties.write(stored);
        assertThat(stored).isEqualTo(MessageProperties.encode(Map.of(Extras.OCCURRENCE, "2")));
    }
}
