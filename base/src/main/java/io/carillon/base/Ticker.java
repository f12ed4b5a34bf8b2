package io.carillon.base;

/**
 * The only source of time. Handed in wherever time matters, so that a test can move it by hand.
 *
 * <p>Both methods may be called from any thread.
 */
public interface Ticker {
    /** Wall-clock time in milliseconds since the epoch; it may step in either direction. */
    long nowMs();

    /** A steadily rising clock in nanoseconds with an arbitrary origin; it never steps back. */
    long nanoTime();

    /** The clocks of this machine. */
    static Ticker system() {
        return SystemTicker.INSTANCE;
    }
}
