package io.carillon.broker.admin;

import io.carillon.base.Ticker;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.broker.tally.Span;
import io.carillon.broker.tally.Tallies;
import io.carillon.broker.tally.Tally;
import io.carillon.broker.tally.Window;
import java.util.function.BiPredicate;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What happened within the last minute, hour and day. What was stored is read off the queues, and may wait for the disk;
 * the rest is counted from the start of the process. Any thread may ask.
 */
public final class NamedStats {
    /** A figure: what it is within each span. */
    @FunctionalInterface
    public interface Figure {
        Window in(Span span);
    }

    private final Topics topics;
    private final Stats stats;
    private final Tallies read;
    private final Tallies sentBack;
    private final BiPredicate<String, String> exist;
    private final Ticker ticker;

    /** @param exist whether a topic and a group exist */
    public NamedStats(
            Topics topics,
            Stats stats,
            Tallies read,
            Tallies sentBack,
            BiPredicate<String, String> exist,
            Ticker ticker) {
        this.topics = topics;
        this.stats = stats;
        this.read = read;
        this.sentBack = sentBack;
        this.exist = exist;
        this.ticker = ticker;
    }

    /** Messages stored in all topics, each counted once. */
    public Figure stored() {
        return span -> stored(span, stats::storedSince);
    }

    /** Messages stored in a topic; null when there is none of this name. */
    public @Nullable Figure stored(String name) {
        TopicState topic = topics.find(name);
        return topic == null ? null : span -> stored(span, sinceMs -> stats.storedSince(topic, sinceMs));
    }

    private Window stored(Span span, LongUnaryOperator since) {
        long lengthMs = span.length().toMillis();
        long sum = since.applyAsLong(ticker.nowMs() - lengthMs);
        return new Window(sum, sum * 1000.0 / lengthMs, sum == 0 ? 0 : 1);
    }

    /** Messages read from all topics. */
    public Figure read() {
        return messages(read.all());
    }

    /** Messages of a topic read by a group; null when one of the two is missing, or it is not counted for want of room. */
    public @Nullable Figure read(String topic, String group) {
        Tally tally = read.find(topic, group);
        return tally == null ? nothing(read, topic, group) : messages(tally);
    }

    /** The same in bytes of their records. */
    public @Nullable Figure readBytes(String topic, String group) {
        Tally tally = read.find(topic, group);
        return tally == null ? nothing(read, topic, group) : span -> tally.bytes(span, ticker.nanoTime());
    }

    /** Messages that were first sent to a topic and that consumers of a group sent back; null likewise. */
    public @Nullable Figure sentBack(String topic, String group) {
        Tally tally = sentBack.find(topic, group);
        return tally == null ? nothing(sentBack, topic, group) : messages(tally);
    }

    private Figure messages(Tally tally) {
        return span -> tally.messages(span, ticker.nanoTime());
    }

    private @Nullable Figure nothing(Tallies of, String topic, String group) {
        return of.hasRoom() && exist.test(topic, group) ? _ -> Window.NOTHING : null;
    }
}
