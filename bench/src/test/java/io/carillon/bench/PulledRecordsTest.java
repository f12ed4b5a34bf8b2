package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PulledRecordsTest {
    @Test
    void tellsTheTimeAndTheMarkInEveryBody() {
        List<Long> times = new ArrayList<>();

        int count = PulledRecords.walk(answer(70, 71, 72), 70, (time, mark) -> times.add(time + mark));

        assertThat(count).isEqualTo(3);
        assertThat(times).containsExactly(70_001L, 71_001L, 72_001L);
    }

    @Test
    void noticesAGapAndAMessageThatWasNotAskedFor() {
        assertThat(PulledRecords.walk(answer(70, 72), 70, (time, mark) -> {})).isEqualTo(-1);
        assertThat(PulledRecords.walk(answer(70), 69, (time, mark) -> {})).isEqualTo(-1);
    }

    /** An answer with records of a 16-byte body whose time is the queue offset times 1,000, and whose mark is 1. */
    private static Answer answer(long... queueOffsets) {
        int size = 88 + 16 + 2 + 2;
        ByteBuffer bytes = ByteBuffer.allocate(8 + 2 + queueOffsets.length * size);
        bytes.putInt(bytes.capacity() - 4).putInt(2).put((byte) '{').put((byte) '}');
        for (long queueOffset : queueOffsets) {
            int at = bytes.position();
            bytes.putInt(at, size)
                    .putLong(at + 20, queueOffset)
                    .putLong(at + 88, queueOffset * 1_000)
                    .putLong(at + 96, 1);
            bytes.position(at + size);
        }
        var answer = new Answer();
        answer.moveTo(bytes, 0, bytes.capacity());
        return answer;
    }
}
