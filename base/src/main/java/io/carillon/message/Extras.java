package io.carillon.message;

/**
 * Names of the properties by which a sender asks for more than Apache RocketMQ has; {@code docs/delay.md} explains them.
 * Official clients send them as user properties.
 */
public final class Extras {
    /** What all of the names begin with. */
    public static final String PREFIX = "CARILLON_";

    /** Of the waiting messages of a topic, at most one has this key. */
    public static final String KEY = "CARILLON_KEY";
    /** What to do when the key is taken: {@code replace} (the default) or {@code refuse}. */
    public static final String KEY_POLICY = "CARILLON_KEY_POLICY";
    /** How many ms after its time a message is still worth delivering. */
    public static final String TTL_MS = "CARILLON_TTL_MS";
    /** A message may be due up to so many ms later than asked: bursts spread. */
    public static final String JITTER_MS = "CARILLON_JITTER_MS";
    /** From 0 to 9, 4 when absent: among those due in the same ms, the greater goes first. */
    public static final String PRIORITY = "CARILLON_PRIORITY";
    /** A cron expression, or {@code @every} and a duration: the message comes again and again. */
    public static final String CRON = "CARILLON_CRON";
    /** The time zone of the cron expression; UTC when absent. */
    public static final String TIME_ZONE = "CARILLON_TIME_ZONE";
    /** No occurrence before this time, in epoch ms. */
    public static final String START_MS = "CARILLON_START_MS";
    /** No occurrence after this time, in epoch ms. */
    public static final String END_MS = "CARILLON_END_MS";
    /** What becomes of occurrences that were missed: {@code once} (the default), {@code skip} or {@code all}. */
    public static final String MISFIRE = "CARILLON_MISFIRE";
    /** Added by the broker: which occurrence this is, from 1 on. */
    public static final String OCCURRENCE = "CARILLON_OCCURRENCE";

    private Extras() {}
}
