package io.carillon.delayqueue;

import java.util.Objects;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A store did not do what it was asked: it is down, it is busy, or its answer was lost. */
final class StoreFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Which of the two. */
    enum Store {
        MYSQL("mysql", "MySQL"),
        REDIS("redis", "Redis");

        private final String part;
        private final String title;

        Store(String part, String title) {
            this.part = part;
            this.title = title;
        }

        String part() {
            return part;
        }

        /** As people write it. */
        String title() {
            return title;
        }
    }

    private static final int LENGTH_MAX = 400;
    private static final Pattern POOLS =
            Pattern.compile("Connection is not available, request timed out|Could not get a resource from the pool");

    private static final Pattern NOT_ASKED = Pattern.compile(
            "Failed to connect to |Failed to create socket|Could not get a resource from the pool|Could not initialize cluster");

    private final Store store;
    private final boolean isUntouched;

    StoreFailure(Store store, String doing, Throwable cause) {
        this(store, doing, cause, store == Store.REDIS && couldNotAsk(cause));
    }

    /** @param isUntouched whether the store surely did nothing, for it could not even be asked */
    StoreFailure(Store store, String doing, Throwable cause, boolean isUntouched) {
        super(store.part() + ": " + doing + ": " + reason(cause), cause);
        this.store = store;
        this.isUntouched = isUntouched;
    }

    private StoreFailure(StoreFailure same, boolean isUntouched) {
        super(same.getMessage(), same.getCause());
        this.store = same.store;
        this.isUntouched = isUntouched;
        setStackTrace(same.getStackTrace());
    }

    /** Whether the client of Redis got no connection: it has nothing but words to say so. */
    private static boolean couldNotAsk(Throwable cause) {
        return cause.getMessage() != null
                && NOT_ASKED.matcher(cause.getMessage()).lookingAt();
    }

    /** Asks something of the stores that changes nothing, whatever becomes of the question. */
    static <T> T looking(Supplier<T> question) {
        try {
            return question.get();
        } catch (StoreFailure failure) {
            throw new StoreFailure(failure, true);
        }
    }

    /** Does something of which a part may be done already when a store fails, or that comes after what is done. */
    static <T> T changing(Supplier<T> work) {
        try {
            return work.get();
        } catch (StoreFailure failure) {
            throw new StoreFailure(failure, false);
        }
    }

    /** Why, without what was being done. */
    String reason() {
        return reason(Objects.requireNonNull(getCause()));
    }

    /** The pools between us and a store say only that they have no connection; why is below. */
    private static String reason(Throwable failure) {
        StringBuilder reason = new StringBuilder();
        Throwable at = failure;
        for (int depth = 0; at != null && depth < 8; depth++) {
            String message =
                    Objects.requireNonNullElse(at.getMessage(), at.getClass().getSimpleName());
            boolean isOfPool = POOLS.matcher(message).find();
            String told = isOfPool ? "no connection in time" : withoutDot(message.strip());
            boolean saysNothing = isOfPool && below(at) != null;
            if (!saysNothing && reason.indexOf(told) < 0) {
                reason.append(reason.isEmpty() ? "" : ": ").append(told);
            }
            at = below(at);
        }
        return reason.length() > LENGTH_MAX ? reason.substring(0, LENGTH_MAX) + "..." : reason.toString();
    }

    private static String withoutDot(String sentence) {
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    private static @Nullable Throwable below(Throwable failure) {
        if (failure.getCause() != null) {
            return failure.getCause();
        }
        return failure.getSuppressed().length > 0 ? failure.getSuppressed()[0] : null;
    }

    /** Whether nothing was changed, in this store or in the other one, by what failed here. */
    boolean isUntouched() {
        return isUntouched;
    }

    Store store() {
        return store;
    }
}
