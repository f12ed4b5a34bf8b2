package io.carillon.base.delayqueue;

import java.util.function.Function;

/** What came of a question to a {@link DelayEngine}. */
public sealed interface Answer<T> {
    /** It was done, and is durable as the engine promises. */
    record Done<T>(T value) implements Answer<T> {}

    /** It was not done, and nothing has changed; but nobody knows that where it is {@link Refusal.OutcomeUnknown}. */
    record Refused<T>(Refusal why) implements Answer<T> {}

    static <T> Answer<T> of(T value) {
        return new Done<>(value);
    }

    static <T> Answer<T> refused(Refusal why) {
        return new Refused<>(why);
    }

    default <R> Answer<R> map(Function<? super T, ? extends R> with) {
        return switch (this) {
            case Done<T>(T value) -> new Done<>(with.apply(value));
            case Refused<T>(Refusal why) -> new Refused<>(why);
        };
    }
}
