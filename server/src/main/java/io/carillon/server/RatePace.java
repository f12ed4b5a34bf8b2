package io.carillon.server;

import io.carillon.base.ByteSize;
import io.carillon.base.Ticker;
import io.carillon.log.CopyListing;
import io.carillon.log.CopyPace;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/** Lets a copy take no more than so many bytes a second, and says now and then how far it is. */
final class RatePace implements CopyPace {
    private static final long TELL_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long MOMENT_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final long bytesPerSecond;
    private final Ticker ticker;
    private final LongConsumer rest;
    private final PrintStream out;
    private long all;
    private long done;
    private long readyNs;
    private long tellNs;

    /**
     * @param rate bytes a second; 0 for no bound
     * @param rest lets the thread rest for so many nanoseconds, or less
     */
    RatePace(ByteSize rate, Ticker ticker, LongConsumer rest, PrintStream out) {
        this.bytesPerSecond = rate.bytes();
        this.ticker = ticker;
        this.rest = rest;
        this.out = out;
        readyNs = ticker.nanoTime();
        tellNs = readyNs + TELL_NS;
    }

    @Override
    public void began(CopyListing listing) {
        all = listing.bytes();
        out.println("copying " + listing.origin() + ": " + files(listing.files().size()) + ", " + roughly(all));
    }

    @Override
    public void took(long bytes) {
        count(bytes);
        if (bytesPerSecond == 0) {
            return;
        }
        // Time that was lost is not made up for: that would be a burst.
        readyNs = Math.max(readyNs, ticker.nanoTime())
                + Math.round((double) bytes / bytesPerSecond * TimeUnit.SECONDS.toNanos(1));
        for (long leftNs = readyNs - ticker.nanoTime(); leftNs > 0; leftNs = readyNs - ticker.nanoTime()) {
            rest.accept(leftNs);
        }
    }

    @Override
    public void kept(long bytes) {
        count(bytes);
    }

    private void count(long bytes) {
        done += bytes;
        if (ticker.nanoTime() - tellNs >= 0) {
            tellNs = ticker.nanoTime() + TELL_NS;
            out.println(roughly(done) + " of " + roughly(all));
        }
    }

    @Override
    public void await() {
        rest.accept(MOMENT_NS);
    }

    /** Such as {@code 12 files}. */
    static String files(int count) {
        return count == 1 ? "1 file" : count + " files";
    }

    /** Such as {@code 3.2 GiB}. */
    static String roughly(long bytes) {
        String[] units = {"bytes", "KiB", "MiB", "GiB", "TiB"};
        double size = bytes;
        int unit = 0;
        while (size >= 1024 && unit < units.length - 1) {
            size /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f %s", size, units[unit]);
    }
}
