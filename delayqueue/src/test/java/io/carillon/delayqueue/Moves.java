package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The moves as the scripts noted them, each in the step that made it: which entry of the order became ready for which group,
 * by which lease. Within an epoch of a bucket's lease no entry is moved twice, and epochs only rise.
 */
final class Moves {
    /**
     * One of them.
     *
     * @param from the entry that was moved: the set that it lay in, and its time there
     */
    private record Move(long id, int bit, long epoch, String from, long atMs) {
        private static final int GROUP_AT = 8;

        /** {@code id:8 bit:1 node:epoch from now}. */
        static Move of(byte[] noted) {
            String[] words = new String(noted, GROUP_AT + 1, noted.length - GROUP_AT - 1, StandardCharsets.US_ASCII)
                    .split(" ", -1);
            return new Move(
                    ByteBuffer.wrap(noted).getLong(),
                    noted[GROUP_AT],
                    Long.parseLong(words[0].substring(words[0].lastIndexOf(':') + 1)),
                    words[1],
                    Long.parseLong(words[2]));
        }

        /** What there may be once only. */
        List<Object> entry() {
            return List.of(id, bit, epoch, from);
        }
    }

    private final IntFunction<List<byte[]>> noted;
    private final List<List<Move>> byBucket = IntStream.range(0, MessageId.BUCKETS)
            .<List<Move>>mapToObj(_ -> new ArrayList<>())
            .toList();
    /** How much of what Redis has now is known. */
    private final int[] read = new int[MessageId.BUCKETS];

    private final Map<Long, Long> settledAtMs = new ConcurrentHashMap<>();

    /** @param noted what is noted in a bucket */
    Moves(IntFunction<List<byte[]>> noted) {
        this.noted = noted;
    }

    /**
     * Somebody settles it now. Who looked for what is missing just before may put it into the order after that, where it is
     * moved again, and passed over when it is claimed.
     */
    void settling(String id) {
        settledAtMs.putIfAbsent(
                MessageId.parse(id).orElseThrow(), Ticker.system().nowMs());
    }

    /** Reads what was noted since. */
    synchronized void gather() {
        for (int bucket = 0; bucket < MessageId.BUCKETS; bucket++) {
            List<byte[]> all = noted.apply(bucket);
            // One master of a cluster may have begun anew, and others not.
            int known = all.size() < read[bucket] ? 0 : read[bucket];
            for (byte[] entry : all.subList(known, all.size())) {
                byBucket.get(bucket).add(Move.of(entry));
            }
            read[bucket] = all.size();
        }
    }

    /** What Redis noted is gone. */
    synchronized void forgotten() {
        java.util.Arrays.fill(read, 0);
    }

    /** Fails where a rule is broken; how many moves there were. */
    synchronized long check() {
        gather();
        byBucket.forEach(this::check);
        return byBucket.stream().mapToLong(List::size).sum();
    }

    private void check(List<Move> moves) {
        Map<List<Object>, Move> seen = new HashMap<>();
        long epoch = 0;
        for (Move move : moves) {
            assertThat(move.epoch()).as("epochs only rise: %s", move).isGreaterThanOrEqualTo(epoch);
            epoch = move.epoch();
            Move earlier = seen.putIfAbsent(move.entry(), move);
            boolean isSettled = settledAtMs.getOrDefault(move.id(), Long.MAX_VALUE) <= move.atMs();
            assertThat(earlier == null || isSettled)
                    .as("moved once in an epoch of the lease: %s, and %s", earlier, move)
                    .isTrue();
        }
    }
}
