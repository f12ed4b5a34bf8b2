package io.carillon.bench;

import java.util.random.RandomGenerator;

/** Makes the first half of the unique ids of one sender. */
final class Ids {
    private Ids() {}

    static String prefix(RandomGenerator random) {
        return String.format("%016X", random.nextLong());
    }
}
