package io.carillon.delayqueue;

/** A store did not do what it was asked: it is down, it is busy, or its answer was lost. */
final class StoreFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Which of the two. */
    enum Store {
        MYSQL("mysql"),
        REDIS("redis");

        private final String part;

        Store(String part) {
            this.part = part;
        }

        String part() {
            return part;
        }
    }

    private final Store store;
    private final boolean isUntouched;

    StoreFailure(Store store, String doing, Throwable cause) {
        this(store, doing, cause, false);
    }

    /** @param isUntouched whether the store surely did nothing, for it could not even be asked */
    StoreFailure(Store store, String doing, Throwable cause, boolean isUntouched) {
        super(store.part() + ": " + doing + ": " + cause.getMessage(), cause);
        this.store = store;
        this.isUntouched = isUntouched;
    }

    boolean isUntouched() {
        return isUntouched;
    }

    Store store() {
        return store;
    }
}
