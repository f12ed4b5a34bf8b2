package io.carillon.broker.tally;

import io.carillon.base.Agent;
import io.carillon.base.Ticker;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiPredicate;

/** Samples tallies when it is time to, and notes what was counted before midnight. Any thread may ask. */
public final class Sampler implements Agent {
    private final Ticker ticker;
    private final List<Tallies> tallies;
    private final BiPredicate<String, String> exist;
    private final Tally daily;
    private final Map<Span, Long> nextNs = new EnumMap<>(Span.class);
    private LocalDate day;
    private volatile long beforeToday;
    private volatile long beforeYesterday;

    /**
     * @param exist whether a topic and a group are still there
     * @param daily what is also counted by calendar days
     */
    public Sampler(Ticker ticker, List<Tallies> tallies, BiPredicate<String, String> exist, Tally daily) {
        this.ticker = ticker;
        this.tallies = tallies;
        this.exist = exist;
        this.daily = daily;
        for (Span span : Span.values()) {
            nextNs.put(span, ticker.nanoTime() + span.spacingNs);
        }
        day = today();
    }

    private LocalDate today() {
        return Instant.ofEpochMilli(ticker.nowMs())
                .atZone(ZoneId.systemDefault())
                .toLocalDate();
    }

    /** How many messages were counted before this day began; 0 when the process had not begun by then. */
    public long beforeToday() {
        return beforeToday;
    }

    public long beforeYesterday() {
        return beforeYesterday;
    }

    @Override
    public int doWork() {
        long nowNs = ticker.nanoTime();
        int done = 0;
        for (Span span : Span.values()) {
            if (nowNs - nextNs(span) >= 0) {
                nextNs.put(span, nowNs + span.spacingNs);
                tallies.forEach(all -> all.sample(span, exist));
                done++;
            }
        }
        if (done > 0) {
            noteDay();
        }
        return done;
    }

    private long nextNs(Span span) {
        return Objects.requireNonNull(nextNs.get(span));
    }

    /** A clock that steps back begins no day anew. */
    private void noteDay() {
        LocalDate today = today();
        if (today.isAfter(day)) {
            long total = daily.messages();
            beforeYesterday = today.equals(day.plusDays(1)) ? beforeToday : total;
            beforeToday = total;
            day = today;
        }
    }

    @Override
    public long restNs() {
        return Math.max(0, nextNs(Span.MINUTE) - ticker.nanoTime());
    }

    @Override
    public String name() {
        return "sampler";
    }
}
