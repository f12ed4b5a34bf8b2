package io.carillon.broker.produce;

import io.carillon.base.Ticker;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * Makes unique ids for messages whose clients gave none, in the form in which official clients make them, since tools
 * read a time out of it:
 *
 * <pre>
 * ip 4 | process 2 | class loader 4 | ms since the first day of this month 4 | counter 2
 * </pre>
 *
 * The month begins where this machine is, as it does for those tools. Process and class loader are random numbers here:
 * they only keep two processes on one machine apart. Any thread.
 */
final class UniqueIds {
    private static final int BYTES = 16;
    static final int CHARS = 2 * BYTES;
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final Ticker ticker;
    private final short process;
    private final int loader;
    private final AtomicInteger counter = new AtomicInteger();
    private volatile int ip;

    UniqueIds(Ticker ticker, RandomGenerator random) {
        this.ticker = ticker;
        process = (short) random.nextInt();
        loader = random.nextInt();
    }

    /** @param host the broker's address, 4 or 16 bytes and more; of a long one the last 4 of the address count */
    void host(byte[] host) {
        ip = ByteBuffer.wrap(host).getInt(host.length - 2 * Integer.BYTES);
    }

    String next() {
        ZonedDateTime now = Instant.ofEpochMilli(ticker.nowMs()).atZone(ZoneId.systemDefault());
        ZonedDateTime monthStart = now.truncatedTo(ChronoUnit.DAYS).withDayOfMonth(1);
        byte[] id = ByteBuffer.allocate(BYTES)
                .putInt(ip)
                .putShort(process)
                .putInt(loader)
                .putInt((int) ChronoUnit.MILLIS.between(monthStart, now))
                .putShort((short) counter.incrementAndGet())
                .array();
        return HEX.formatHex(id);
    }
}
