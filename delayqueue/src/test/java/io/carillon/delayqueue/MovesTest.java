package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That the judge of moves sees what is wrong, and only that. */
class MovesTest {
    private static final long ID = MessageId.of(700, 0, 42);

    private static byte[] move(int bit, String words) {
        ByteArrayOutputStream noted = new ByteArrayOutputStream();
        noted.writeBytes(ByteBuffer.allocate(8).putLong(ID).array());
        noted.write(bit);
        noted.writeBytes(words.getBytes(StandardCharsets.US_ASCII));
        return noted.toByteArray();
    }

    private static Moves of(byte[]... noted) {
        return new Moves(bucket -> bucket == 0 ? List.of(noted) : List.of());
    }

    @Test
    void takesAnEntryOnceForEachGroupInEachEpochAndAnotherTry() {
        Moves moves = of(
                move(0, "a-1:5 due@100 101"),
                move(1, "a-1:5 due@100 101"),
                move(0, "a-1:5 out@700 701"),
                move(0, "b-2:6 due@100 102"));

        assertThat(moves.check()).isEqualTo(4);
    }

    @Test
    void refusesAnEntryThatIsMovedTwiceInAnEpoch() {
        Moves moves = of(move(0, "a-1:5 due@100 101"), move(0, "a-1:5 due@100 105"));

        assertThatThrownBy(moves::check).hasMessageContaining("moved once in an epoch");
    }

    @Test
    void refusesAMoveByALeaseThatIsOver() {
        Moves moves = of(move(0, "b-2:6 due@100 101"), move(1, "a-1:5 due@100 105"));

        assertThatThrownBy(moves::check).hasMessageContaining("epochs only rise");
    }

    @Test
    void excusesAStaleOrderOfWhatIsSettledButNothingFromBefore() {
        Moves later = of(move(0, "a-1:5 due@100 101"), move(0, "a-1:5 due@100 9999999999999"));
        later.settling(MessageId.text(ID));
        assertThat(later.check()).isEqualTo(2);

        Moves before = of(move(0, "a-1:5 due@100 101"), move(0, "a-1:5 due@100 105"));
        before.settling(MessageId.text(ID));
        assertThatThrownBy(before::check).hasMessageContaining("moved once in an epoch");
    }
}
