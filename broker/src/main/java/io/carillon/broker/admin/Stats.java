package io.carillon.broker.admin;

import io.carillon.base.Storage;
import io.carillon.base.Ticker;
import io.carillon.broker.consume.ReadCounts;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.broker.tally.Sampler;
import io.carillon.log.ConsumeQueue;
import io.carillon.log.MessageLog;
import io.carillon.message.TopicName;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;

/**
 * The figures of a running broker. What was stored is read off the queues' offsets and the messages' store times, so
 * sending counts nothing; what was read is counted by the reader. Rates are computed when somebody asks. Any thread may
 * call; all but the constructor may wait for the disk.
 */
public final class Stats {
    private final Topics topics;
    private final MessageLog log;
    private final Storage storage;
    private final Ticker ticker;
    private final ReadCounts reads;
    private final Sampler sampler;
    private final long startedMs;
    private final long startedNs;
    private final Meter stored;
    private final Meter read;
    private final Meter found;
    private final Meter missed;
    private final Meter asked;

    public Stats(Topics topics, MessageLog log, Storage storage, ReadCounts reads, Sampler sampler, Ticker ticker) {
        this.topics = topics;
        this.log = log;
        this.storage = storage;
        this.ticker = ticker;
        this.reads = reads;
        this.sampler = sampler;
        startedMs = ticker.nowMs();
        startedNs = ticker.nanoTime();
        stored = new Meter(startedNs, storedTotal());
        read = new Meter(startedNs, 0);
        found = new Meter(startedNs, 0);
        missed = new Meter(startedNs, 0);
        asked = new Meter(startedNs, 0);
    }

    /** When the broker began to serve, in epoch ms. */
    public long startedMs() {
        return startedMs;
    }

    public long runningMs() {
        return (ticker.nanoTime() - startedNs) / 1_000_000;
    }

    /** How many messages were ever stored in the topics that exist, each counted once. */
    public long storedTotal() {
        long total = 0;
        for (TopicState topic : topics.all()) {
            total += isCounted(topic) ? storedTotal(topic) : 0;
        }
        return total;
    }

    /**
     * Whether the messages of a topic count for the whole broker. A light queue has places of messages that are counted
     * where they were sent to, and the half of a transaction is counted when it is committed.
     */
    private static boolean isCounted(TopicState topic) {
        String name = topic.config().name();
        return !TopicName.isLight(name) && !name.equals(TopicName.HALF);
    }

    private long storedTotal(TopicState topic) {
        long total = 0;
        for (int i = 0; i < topic.config().queues(); i++) {
            ConsumeQueue queue = log.existingQueue(topic.config().name(), i);
            total += queue == null ? 0 : queue.offsetMax();
        }
        return total;
    }

    /** How many messages of all topics were stored before the beginning of the day so many days ago. */
    public long storedBeforeDay(int daysAgo) {
        ZoneId zone = ZoneId.systemDefault();
        LocalDate day =
                Instant.ofEpochMilli(ticker.nowMs()).atZone(zone).toLocalDate().minusDays(daysAgo);
        long midnightMs = day.atStartOfDay(zone).toInstant().toEpochMilli();
        long total = 0;
        for (TopicState topic : topics.all()) {
            total += isCounted(topic) ? storedTotal(topic) - storedSince(topic, midnightMs) : 0;
        }
        return total;
    }

    /** When the oldest message that is still there was stored, in epoch ms; -1 when there is none. */
    public long storedMsMin() {
        long earliestMs = Long.MAX_VALUE;
        for (TopicState topic : topics.all()) {
            for (int i = 0; i < topic.config().queues(); i++) {
                ConsumeQueue queue = log.existingQueue(topic.config().name(), i);
                if (queue != null && queue.offsetMax() > queue.offsetMin()) {
                    earliestMs = Math.min(earliestMs, log.storeTimestamp(queue, queue.offsetMin()));
                }
            }
        }
        return earliestMs == Long.MAX_VALUE ? -1 : earliestMs;
    }

    /** How many messages of this topic were stored at or after this time, as far as they are still there. */
    public long storedSince(TopicState topic, long sinceMs) {
        long count = 0;
        for (int i = 0; i < topic.config().queues(); i++) {
            ConsumeQueue queue = log.existingQueue(topic.config().name(), i);
            if (queue != null) {
                count += storedSince(queue, sinceMs);
            }
        }
        return count;
    }

    /** An idle queue, which most are, costs one look at its last message. */
    private long storedSince(ConsumeQueue queue, long sinceMs) {
        long max = queue.offsetMax();
        if (max == queue.offsetMin() || log.storeTimestamp(queue, max - 1) < sinceMs) {
            return 0;
        }
        return Math.max(0, max - log.offsetAtOrAfter(queue, sinceMs));
    }

    /** How many messages of all topics were stored at or after this time, each counted once. */
    public long storedSince(long sinceMs) {
        long count = 0;
        for (TopicState topic : topics.all()) {
            count += isCounted(topic) ? storedSince(topic, sinceMs) : 0;
        }
        return count;
    }

    /** How many messages a second this topic got in the last minute. */
    public double storedPerSecond(TopicState topic) {
        return storedSince(topic, ticker.nowMs() - 60_000) / 60.0;
    }

    /** How many messages were read since the broker began to serve. */
    public long readTotal() {
        return reads.messagesTotal();
    }

    /** How many of those before this day began. */
    public long readBeforeToday() {
        return sampler.beforeToday();
    }

    public long readBeforeYesterday() {
        return sampler.beforeYesterday();
    }

    /** Messages stored per second, in the last 10 s, 1 min and 10 min. */
    public String storedRates() {
        return stored.rates(ticker.nanoTime(), storedTotal());
    }

    /** Messages read per second, likewise. */
    public String readRates() {
        return read.rates(ticker.nanoTime(), reads.messagesTotal());
    }

    /** Reads per second that found messages, likewise. */
    public String foundRates() {
        return found.rates(ticker.nanoTime(), reads.foundTotal());
    }

    /** Reads per second that found none, likewise. */
    public String missedRates() {
        return missed.rates(ticker.nanoTime(), reads.missedTotal());
    }

    /** All reads per second, likewise. */
    public String askedRates() {
        return asked.rates(ticker.nanoTime(), reads.foundTotal() + reads.missedTotal());
    }

    /** The share of the disk that is in use, from 0 to 1. */
    public double diskUse() {
        long total = storage.totalBytes();
        return total <= 0 ? 0 : 1 - (double) storage.usableBytes() / total;
    }

    public long diskTotalBytes() {
        return storage.totalBytes();
    }

    public long diskUsableBytes() {
        return storage.usableBytes();
    }
}
