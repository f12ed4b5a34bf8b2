package io.carillon.systemtests.history;

/** One line of a {@link History}: what a client did, was told or saw. */
sealed interface Event {

    /** Which message: the {@code n}-th of a stream, counted from 1. */
    record Key(String stream, long n) {
        /** Stands for a body that none of our producers wrote. */
        static final Key FOREIGN = new Key("?", -1);
    }

    /** A place in a topic: a queue and an offset in it. */
    record Place(int queue, long offset) {}

    /** A producer is about to send; once for every attempt. */
    record Sent(Key key) implements Event {}

    /** The server answered an attempt with success. */
    record Acked(Key key, Place place) implements Event {}

    /** The connection ended, or the server refused, before an attempt was acknowledged: stored or not, nobody knows. */
    record Unknown(Key key) implements Event {}

    /** A consumer of {@code group} got the message. */
    record Received(String group, Key key, Place place, boolean intact) implements Event {}

    /** The server confirmed that it took the group's offset. */
    record Committed(String group, int queue, long offset) implements Event {}

    /** The server told a group's offset. */
    record CommittedRead(String group, int queue, long offset) implements Event {}

    /** An audit read the place. */
    record Logged(Key key, Place place, boolean intact) implements Event {}

    /** An audit has read {@code queue} from {@code offsetMin} up to, and without, {@code offsetMax}. */
    record Audited(int queue, long offsetMin, long offsetMax) implements Event {}

    /** What was done to the server. */
    record Fault(String what) implements Event {}
}
