package io.carillon.broker.tally;

/**
 * What happened within a {@link Span}, up to now.
 *
 * @param perTime how much it was each time, on average
 */
public record Window(long sum, double perSecond, double perTime) {
    public static final Window NOTHING = new Window(0, 0, 0);
}
