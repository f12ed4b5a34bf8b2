package io.carillon.broker.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class HalvesTest {
    private static final int SPAN = 70;

    private final Halves halves = new Halves();

    @Property(tries = 500)
    void agreesWithASetOfBits(@ForAll @Size(max = 80) List<@IntRange(max = SPAN) Integer> decided) {
        BitSet bits = new BitSet();
        Halves found = new Halves();
        for (int half : decided) {
            bits.set(half);
            found.apply(new Command.DecideHalves(1, List.of((long) half)));
        }

        assertSame(found, bits);
        assertThat(found.ranges()).hasSizeLessThanOrEqualTo(bits.length() - bits.cardinality() + 1);
        assertSame(restored(found), bits);
    }

    private static void assertSame(Halves found, BitSet bits) {
        assertThat(found.decidedCount()).isEqualTo(bits.cardinality());
        for (int half = 0; half <= SPAN + 1; half++) {
            assertThat(found.isDecided(half)).as("half %d", half).isEqualTo(bits.get(half));
            assertThat(found.firstUndecided(half)).as("from %d", half).isEqualTo(bits.nextClearBit(half));
        }
    }

    private static Halves restored(Halves from) {
        Halves to = new Halves();
        to.restore(new ByteReader(ByteBuffer.wrap(snapshot(from)), "halves"));
        return to;
    }

    private static byte[] snapshot(Halves of) {
        ByteWriter to = new ByteWriter(16);
        of.snapshot(to);
        return to.copy();
    }

    @Test
    void takesOneRangeForAllThatWereDecidedInOrder() {
        for (long half = 0; half < 10_000; half++) {
            halves.apply(new Command.DecideHalves(1, List.of(half)));
        }

        assertThat(halves.ranges()).hasSize(1);
        assertThat(halves.firstUndecided(0)).isEqualTo(10_000);
    }

    @Test
    void refusesASnapshotWhoseRangesTouchOrEndBeforeTheyBegin() {
        refuses(1, 5, 0);
        refuses(2, 0, 3, 0, 2);
        refuses(1, Long.MAX_VALUE, 2);
        refuses(1, -1, 2);
    }

    private static void refuses(long... numbers) {
        ByteWriter to = new ByteWriter(16);
        for (long number : numbers) {
            to.putVar(number);
        }
        ByteReader from = new ByteReader(ByteBuffer.wrap(to.copy()), "halves");

        assertThatThrownBy(() -> new Halves().restore(from)).isInstanceOf(CarillonException.Corrupt.class);
    }
}
