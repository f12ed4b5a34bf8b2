package io.carillon.replication;

import io.carillon.base.Agent;
import io.carillon.base.CarillonException;
import io.carillon.base.Ticker;
import io.carillon.log.CopiedFile;
import io.carillon.log.CopyAnswer;
import io.carillon.log.CopyEnded;
import io.carillon.log.CopyListing;
import io.carillon.log.CopyOutcome;
import io.carillon.log.CopyPace;
import io.carillon.log.CopySource;
import io.carillon.log.CopyStart;
import io.carillon.log.ReplicaCopy;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Copies the files of the leader's log beside the own one, when the leader sends its entries no more one by one. Goes on where
 * it stopped, whoever leads then. An agent that waits for others and for the disk, long at times.
 */
final class FileCopy implements Agent {
    private static final Logger LOG = System.getLogger(FileCopy.class.getName());
    private static final long ANSWER_MS = 20_000;
    private static final long AGAIN_NS = 500_000_000;

    private final ReplicationConfig config;
    private final GroupLine line;
    private final ReplicaCopy copy;
    private final Ticker ticker;
    private final Supplier<LogEnd> end;
    private final Consumer<LogEnd> whole;
    private final Consumer<Throwable> failed;
    private volatile @Nullable String wantedFrom;
    private volatile boolean isClosed;
    private volatile boolean isDone;
    private volatile Runnable waker = () -> {};
    private volatile long copiedBytes = -1;
    private volatile long copyBytes = -1;
    private long notBeforeNs;

    /** Where a log ends: an entry, and its term, for another one may come to stand there. */
    record LogEnd(long index, long term) {}

    /**
     * @param end of this replica's own log
     * @param whole told once, when the copy is whole, where the own log ended before it was begun
     * @param failed told once, why this agent cannot go on
     */
    FileCopy(
            ReplicationConfig config,
            GroupLine line,
            ReplicaCopy copy,
            Ticker ticker,
            Supplier<LogEnd> end,
            Consumer<LogEnd> whole,
            Consumer<Throwable> failed) {
        this.end = end;
        this.config = config;
        this.line = line;
        this.copy = copy;
        this.ticker = ticker;
        this.whole = whole;
        this.failed = failed;
        notBeforeNs = ticker.nanoTime();
    }

    /** Copies from this leader, if it does not copy yet. Any thread. */
    void wantFrom(String leader) {
        wantedFrom = leader;
        waker.run();
    }

    /** How much was copied, and of how much; -1 while nothing is. Any thread. */
    long copiedBytes() {
        return copiedBytes;
    }

    long copyBytes() {
        return copyBytes;
    }

    @Override
    public int doWork() {
        String leader = wantedFrom;
        if (leader == null || isDone || isClosed || ticker.nanoTime() - notBeforeNs < 0) {
            return 0;
        }
        wantedFrom = null;
        try {
            LogEnd before = end.get();
            switch (copy.fetch(new Leader(leader), new Pace())) {
                case CopyOutcome.Whole done -> {
                    isDone = true;
                    LOG.log(Level.INFO, "copied the log of {0}: bytes={1,number,#}", leader, done.bytes());
                    whole.accept(before);
                }
                case CopyOutcome.Refused(String why) -> again(leader, why);
            }
        } catch (CarillonException | UncheckedIOException fault) {
            again(leader, fault.getMessage()); // of the disk, or of an answer that does not read
        } catch (RuntimeException | Error fault) {
            isDone = true;
            failed.accept(fault);
        } finally {
            copiedBytes = -1;
            copyBytes = -1;
        }
        return 1;
    }

    private void again(String leader, @Nullable String why) {
        if (!isClosed) {
            LOG.log(Level.WARNING, "copying the log of {0} stopped: {1}", leader, why);
        }
        notBeforeNs = ticker.nanoTime() + AGAIN_NS;
    }

    /** The log of the leader, over the group's own connections. */
    private final class Leader implements CopySource {
        private final String address;

        Leader(String address) {
            this.address = address;
        }

        @Override
        public CopyStart begin() {
            byte[] answer = ask(Questions.of(Questions.COPY_BEGIN, config.self(), 0));
            return answer == null ? gone() : CopyWire.start(answer);
        }

        @Override
        public CopyAnswer part(String name, CopiedFile file, long at, int length, boolean withBytes) {
            byte[] answer = ask(CopyWire.part(name, file, at, length, withBytes));
            return answer == null ? gone() : CopyWire.answer(answer);
        }

        @Override
        public void end(String name) {
            ask(CopyWire.end(name));
        }

        private CopyEnded gone() {
            return new CopyEnded(isClosed ? "this replica is being stopped" : address + " does not answer");
        }

        private byte @Nullable [] ask(byte[] question) {
            if (isClosed) {
                return null;
            }
            CompletableFuture<byte[]> answer = line.ask(address, question, ANSWER_MS);
            try {
                return answer.get(2 * ANSWER_MS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            } catch (ExecutionException | TimeoutException e) {
                return null;
            }
        }
    }

    private final class Pace implements CopyPace {
        private long nextNs = ticker.nanoTime();
        private long sum;

        @Override
        public void began(CopyListing listing) {
            copyBytes = listing.bytes();
            sum = 0;
            copiedBytes = sum;
            LOG.log(
                    Level.INFO,
                    "copying a log of {0,number,#} bytes, for its entries are not sent one by one any more",
                    listing.bytes());
        }

        @Override
        public void took(long bytes) {
            add(bytes);
            if (config.copyBytesPerSecond() > 0) {
                nextNs = Math.max(nextNs, ticker.nanoTime()) + bytes * 1_000_000_000 / config.copyBytesPerSecond();
                while (!isClosed && nextNs - ticker.nanoTime() > 0) {
                    LockSupport.parkNanos(Math.min(nextNs - ticker.nanoTime(), 100_000_000));
                }
            }
        }

        @Override
        public void kept(long bytes) {
            add(bytes);
        }

        private void add(long bytes) {
            sum += bytes;
            copiedBytes = sum;
        }

        @Override
        public void await() {
            LockSupport.parkNanos(10_000_000);
        }
    }

    /** Stops soon. Any thread. */
    void close() {
        isClosed = true;
        waker.run();
    }

    @Override
    public long restNs() {
        return wantedFrom == null || isDone ? AGAIN_NS : Math.max(1, notBeforeNs - ticker.nanoTime());
    }

    @Override
    public void wakeBy(Runnable runnerWaker) {
        waker = runnerWaker;
    }

    @Override
    public String name() {
        return "raft-copy";
    }
}
