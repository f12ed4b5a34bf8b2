package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyHashTest {
    @Test
    void isTheSameForTextAndForTheBytesOfARecord() {
        MemorySegment bytes = MemorySegment.ofArray("..key-1234567..Tøpic.".getBytes(StandardCharsets.UTF_8));

        long hash = KeyHash.of(bytes, 15, 6, 2, 11, true);

        assertThat(hash).isEqualTo(KeyHash.of("Tøpic", "key-1234567", true));
    }

    @Test
    void neverChangesForTheFilesHoldIt() {
        assertThat(KeyHash.of("TopicTest", "7F000001000118B4AAC20000000001", true))
                .isEqualTo(6362773903849226143L);
        assertThat(KeyHash.of("TopicTest", "order-42", false)).isEqualTo(-1212715417663382068L);
    }

    @Test
    void tellsUniqueIdsFromKeys() {
        assertThat(KeyHash.isUnique(KeyHash.of("T", "k", true))).isTrue();
        assertThat(KeyHash.isUnique(KeyHash.of("T", "k", false))).isFalse();
    }

    @Test
    void tellsWhereTheTopicEnds() {
        assertThat(KeyHash.of("ab", "c", false)).isNotEqualTo(KeyHash.of("a", "bc", false));
    }

    @Test
    void spreadsKeysThatDifferLittle() {
        Set<Long> hashes = new HashSet<>();
        int[] bits = new int[64];
        int count = 200_000;
        for (int i = 0; i < count; i++) {
            long hash = KeyHash.of("T", "key-" + i, false);
            hashes.add(hash);
            for (int bit = 1; bit < 64; bit++) {
                bits[bit] += (int) (hash >>> bit & 1);
            }
        }

        assertThat(hashes).hasSize(count);
        for (int bit = 1; bit < 64; bit++) {
            assertThat(bits[bit]).as("bit " + bit).isBetween(count / 2 - 1500, count / 2 + 1500);
        }
    }
}
