package io.carillon.log;

/** PORT: takes along what is still needed of messages that retention is going to drop. Called by its thread. */
public interface Rescue {
    /** Nothing is needed. */
    Rescue NOTHING = new Rescue() {
        @Override
        public void before(long logOffset) {}

        @Override
        public void tidy() {}
    };

    /**
     * All messages before this log offset are going to be dropped: when this returns, those of the {@link DueQueues} that
     * are still needed must be durable elsewhere.
     *
     * @throws io.carillon.base.CarillonException.StorageFault when that failed: they are not dropped then
     */
    void before(long logOffset);

    /** Now and then: gives up what was taken along and is not needed any more. */
    void tidy();
}
