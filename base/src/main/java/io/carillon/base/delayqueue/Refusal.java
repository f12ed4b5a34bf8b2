package io.carillon.base.delayqueue;

import java.util.Locale;

/** Why something was not done: a stable code for programs, and a sentence for people. */
public sealed interface Refusal {
    /** Of lower case letters and hyphens; never changes its meaning. */
    String code();

    /** What was wrong, what was expected, and what to do. */
    String detail();

    /** A value makes no sense. */
    record Invalid(String field, String detail) implements Refusal {
        @Override
        public String code() {
            return "invalid";
        }
    }

    /** A value is beyond a limit that the answer names. */
    record OverLimit(String limit, long max, long asked) implements Refusal {
        @Override
        public String code() {
            return "over-limit";
        }

        @Override
        public String detail() {
            return limit + " is at most " + max + ", not " + asked;
        }
    }

    /** A value does not reach a limit that the answer names. */
    record UnderLimit(String limit, long min, long asked) implements Refusal {
        @Override
        public String code() {
            return "under-limit";
        }

        @Override
        public String detail() {
            return limit + " is " + min + ", so it must not be " + asked;
        }
    }

    /** What is asked for does not exist, or is not known any more. */
    record Missing(What what, String name) implements Refusal {
        public enum What {
            TOPIC,
            GROUP,
            MESSAGE
        }

        @Override
        public String code() {
            return "no-such-" + what.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public String detail() {
            return "there is no " + what.name().toLowerCase(Locale.ROOT) + " '" + name + "'";
        }
    }

    /** The receipt is none of this topic and group, or the message is not its holder's any more. */
    record NotYours(String detail) implements Refusal {
        @Override
        public String code() {
            return "receipt-not-valid";
        }
    }

    /** It contradicts what is there: another message has the idempotency key, the topic is of another kind. */
    record Conflict(String detail) implements Refusal {
        @Override
        public String code() {
            return "conflict";
        }
    }

    /** The topic or the group is closed to this: a system's own, or without the permission. */
    record Forbidden(String detail) implements Refusal {
        @Override
        public String code() {
            return "forbidden";
        }
    }

    /** As many as may be are under way; the limit is named. Later there may be room. */
    record Busy(String limit, long max, long retryAfterMs) implements Refusal {
        @Override
        public String code() {
            return "busy";
        }

        @Override
        public String detail() {
            return limit + " is at most " + max + ", and all are in use: try again in " + retryAfterMs + " ms";
        }
    }

    /** A part that it needs does not work now: a full disk, a store that is down. Nothing was accepted. */
    record Unavailable(String part, String detail, long retryAfterMs) implements Refusal {
        @Override
        public String code() {
            return "unavailable";
        }
    }

    /**
     * A part that it needs was asked, and its answer was lost: it may have been done, or still be done, or not. To ask again is
     * safe where doing it twice is doing it once, and for a send with the same idempotency key.
     */
    record OutcomeUnknown(String part, String detail, long retryAfterMs) implements Refusal {
        @Override
        public String code() {
            return "outcome-unknown";
        }
    }

    /** This engine cannot do that; another may. */
    record Unsupported(String detail) implements Refusal {
        @Override
        public String code() {
            return "unsupported";
        }
    }
}
