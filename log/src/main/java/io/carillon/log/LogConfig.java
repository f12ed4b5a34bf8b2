package io.carillon.log;

import io.carillon.base.ByteSize;
import java.time.Duration;

/**
 * How the log is kept.
 *
 * @param flush whether a send is acknowledged after its bytes were forced (sync) or written (async)
 * @param segmentSize size of one log file; files are reused, so changing it applies to new ones
 * @param flushInterval with async flush: how long written bytes may stay unforced
 * @param checkpointInterval how often the indexes are written out; bounds the work of a recovery by time
 * @param checkpointBytes how many log bytes may pass before the indexes are written out; bounds recovery by size
 * @param indexMemory how much memory index entries may take that are not written out; what is sent waits at twice that
 * @param keepFor how long messages are kept
 * @param keepAtMost how many bytes of log are kept; 0 for no bound but the disk
 * @param diskUseMax share of the disk, in percent, above which the oldest messages are dropped early
 * @param diskReserve free bytes of the disk below which sends are refused
 * @param dedupWindow how long a client's unique id is remembered
 * @param dedupCount how many unique ids are remembered at most, and half of them in any case
 * @param hotBytes how far behind the log's end a read is taken to be in memory
 * @param scrubInterval how often all of the log is read from its disk to find damage; 0s for never
 */
public record LogConfig(
        Flush flush,
        ByteSize segmentSize,
        Duration flushInterval,
        Duration checkpointInterval,
        ByteSize checkpointBytes,
        ByteSize indexMemory,
        Duration keepFor,
        ByteSize keepAtMost,
        int diskUseMax,
        ByteSize diskReserve,
        Duration dedupWindow,
        int dedupCount,
        ByteSize hotBytes,
        Duration scrubInterval) {

    /** When a send is acknowledged. */
    public enum Flush {
        /** When its bytes were forced to disk. */
        SYNC,
        /** When its bytes were handed to the operating system: a power loss may take the last moments. */
        ASYNC
    }

    public static final LogConfig DEFAULT = new LogConfig(
            Flush.SYNC,
            ByteSize.mib(256),
            Duration.ofMillis(500),
            Duration.ofSeconds(5),
            ByteSize.mib(256),
            ByteSize.mib(32),
            Duration.ofDays(3),
            new ByteSize(0),
            85,
            ByteSize.mib(512),
            Duration.ofMinutes(10),
            1_000_000,
            ByteSize.gib(1),
            Duration.ofDays(7));

    public LogConfig {
        if (segmentSize.bytes() < 4096 || segmentSize.bytes() > 1L << 30) {
            throw new IllegalArgumentException("segmentSize must be from 4KiB to 1GiB, not " + segmentSize);
        }
        if (diskUseMax < 1 || diskUseMax > 100) {
            throw new IllegalArgumentException("diskUseMax is a percentage from 1 to 100, not " + diskUseMax);
        }
        if (dedupCount < 0) {
            throw new IllegalArgumentException("dedupCount must not be negative: " + dedupCount);
        }
    }
}
