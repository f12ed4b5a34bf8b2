package io.carillon.broker.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PopChangeTest {
    private static final PopQueue.Key KEY = new PopQueue.Key("G", "T", 3);

    @Test
    void hasNothingAfterItIsClearedOfAQueueThatWasNotEnded() {
        PopChange change = new PopChange();
        InFlight table = new InFlight();
        table.put(7, 1, 2, 0, false);
        table.put(9, 1, 2, 0, false);
        change.begin(KEY, 1, 10, false, null);
        change.gone(1);
        change.gone(3);
        change.there(table, 0);
        change.there(table, 1);

        change.clear();

        assertThat(change.isEmpty()).isTrue();
        assertThat(ofNothing(change)).isEqualTo(ofNothing(new PopChange()));
    }

    private static byte[] ofNothing(PopChange change) {
        change.begin(KEY, 1, 10, false, null);
        change.end();
        return change.bytes();
    }
}
