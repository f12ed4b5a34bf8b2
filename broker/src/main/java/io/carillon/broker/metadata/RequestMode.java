package io.carillon.broker.metadata;

/**
 * How a group gets the messages of a topic.
 *
 * @param isPop whether the broker hands them out, rather than each consumer pulling from queues of its own
 * @param shareQueues of a group that pops: with how many others each consumer shares its queues; 0 or less for all
 */
public record RequestMode(boolean isPop, int shareQueues) {
    /** As long as nobody said otherwise. */
    public static final RequestMode PULL = new RequestMode(false, 0);

    void put(ByteWriter to) {
        to.putBoolean(isPop);
        to.putLong(shareQueues);
    }

    static RequestMode read(ByteReader from) {
        return new RequestMode(from.readBoolean(), (int) from.readLong());
    }
}
