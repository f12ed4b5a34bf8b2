package io.carillon.broker.tally;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.testkit.ManualTicker;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TalliesTest {
    private final ManualTicker ticker = new ManualTicker();

    private Sampler sampler(Tallies tallies) {
        return new Sampler(ticker, List.of(tallies), (topic, _) -> !topic.equals("gone"), tallies.all());
    }

    private void pass(Sampler sampler, Duration time) {
        for (long left = time.toSeconds(); left > 0; left--) {
            ticker.advanceMs(1000);
            sampler.doWork();
        }
    }

    private Window read(Tallies tallies, Span span) {
        return Objects.requireNonNull(tallies.find("T", "G")).messages(span, ticker.nanoTime());
    }

    @Test
    void countsByTopicAndGroupAndInAll() {
        Tallies tallies = new Tallies(ticker);
        tallies.add("T", "G", 3, 300);
        tallies.add("T", "G", 1, 100);
        tallies.add("T", "H", 5, 500);

        assertThat(read(tallies, Span.MINUTE)).isEqualTo(new Window(4, 4 / 60.0, 2));
        assertThat(Objects.requireNonNull(tallies.find("T", "G")).bytes(Span.HOUR, ticker.nanoTime()))
                .isEqualTo(new Window(400, 400 / 3600.0, 200));
        assertThat(tallies.all().messages(Span.DAY, ticker.nanoTime()).sum()).isEqualTo(9);
        assertThat(tallies.find("U", "G")).isNull();
        assertThat(tallies.find("T", "I")).isNull();
    }

    @Test
    void forgetsWhatIsOlderThanASpan() {
        Tallies tallies = new Tallies(ticker);
        Sampler sampler = sampler(tallies);
        tallies.add("T", "G", 7, 7);

        pass(sampler, Duration.ofSeconds(50));
        assertThat(read(tallies, Span.MINUTE).sum()).isEqualTo(7);
        pass(sampler, Duration.ofSeconds(30));
        assertThat(read(tallies, Span.MINUTE)).isEqualTo(Window.NOTHING);
        assertThat(read(tallies, Span.HOUR).sum()).isEqualTo(7);
        pass(sampler, Duration.ofMinutes(75));
        assertThat(read(tallies, Span.HOUR).sum()).isZero();
        assertThat(read(tallies, Span.DAY).sum()).isEqualTo(7);
        pass(sampler, Duration.ofHours(25));
        assertThat(read(tallies, Span.DAY).sum()).isZero();
        assertThat(Objects.requireNonNull(tallies.find("T", "G")).messages()).isEqualTo(7);
    }

    /** A window begins at a sample: it is never shorter than its span, and longer by no more than one spacing. */
    @Property(tries = 100)
    void agreesWithAListOfAllThatHappened(@ForAll long seed, @ForAll @IntRange(min = 1, max = 400) int steps) {
        Random random = new Random(seed);
        Tallies tallies = new Tallies(ticker);
        Sampler sampler = sampler(tallies);
        long[] countAtSecond = new long[steps * 20 + 1];
        int second = 0;
        tallies.add("T", "G", 0, 0);
        for (int i = 0; i < steps; i++) {
            int seconds = random.nextInt(20);
            pass(sampler, Duration.ofSeconds(seconds));
            second += seconds;
            int count = random.nextInt(5);
            tallies.add("T", "G", count, count);
            countAtSecond[second] += count;
        }

        Window minute = read(tallies, Span.MINUTE);

        assertThat(minute.sum())
                .isBetween(sum(countAtSecond, second - 59, second), sum(countAtSecond, second - 70, second));
        assertThat(minute.perSecond()).isBetween(minute.sum() / 70.0, minute.sum() / 60.0);
        assertThat(read(tallies, Span.DAY).sum()).isEqualTo(sum(countAtSecond, 0, second));
    }

    private static long sum(long[] counts, int from, int to) {
        long sum = 0;
        for (int i = Math.max(0, from); i <= to; i++) {
            sum += counts[i];
        }
        return sum;
    }

    @Test
    void countsNoMorePairsThanItMayAndForgetsThoseThatAreGone() {
        Tallies tallies = new Tallies(ticker, 2);
        Sampler sampler = sampler(tallies);
        tallies.add("T", "G", 1, 1);
        tallies.add("gone", "G", 1, 1);
        assertThat(tallies.hasRoom()).isFalse();
        tallies.add("U", "G", 1, 1);
        assertThat(tallies.find("U", "G")).isNull();
        assertThat(tallies.all().messages()).isEqualTo(3);

        pass(sampler, Duration.ofSeconds(10));

        assertThat(tallies.find("gone", "G")).isNull();
        tallies.add("U", "G", 1, 1);
        assertThat(tallies.find("U", "G")).isNotNull();
        assertThat(tallies.find("T", "G")).isNotNull();
    }

    @Test
    void notesWhatWasCountedBeforeEachMidnight() {
        Tallies tallies = new Tallies(ticker);
        Sampler sampler = sampler(tallies);
        tallies.add("T", "G", 4, 1);
        assertThat(sampler.beforeToday()).isZero();

        pass(sampler, Duration.ofHours(24));
        assertThat(sampler.beforeToday()).isEqualTo(4);
        assertThat(sampler.beforeYesterday()).isZero();
        tallies.add("T", "G", 2, 1);
        pass(sampler, Duration.ofHours(24));
        assertThat(sampler.beforeToday()).isEqualTo(6);
        assertThat(sampler.beforeYesterday()).isEqualTo(4);
        ticker.advance(Duration.ofDays(3));
        sampler.doWork();
        assertThat(sampler.beforeToday()).isEqualTo(6);
        assertThat(sampler.beforeYesterday()).isEqualTo(6);
    }
}
