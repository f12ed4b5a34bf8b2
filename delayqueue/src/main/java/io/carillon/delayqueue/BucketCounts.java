package io.carillon.delayqueue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How much the buckets hold of which group. Any thread may call; all methods wait for Redis. */
final class BucketCounts {
    /** Of more in flight in a bucket, how they spread over groups is judged by so many. */
    private static final int LOOKED_AT_MAX = 2_000;

    private final Redis redis;

    BucketCounts(Redis redis) {
        this.redis = redis;
    }

    /** How much is ready and handed out, in all buckets; handed out is -1 where there is too much to look through. */
    long[][] count(int topic, List<Integer> bits) {
        List<byte[]> arguments = new ArrayList<>(List.of(Redis.bytes(topic)));
        bits.forEach(bit -> arguments.add(Redis.bytes(bit)));
        long[][] sums = new long[bits.size()][2];
        for (Object answer : redis.callAll(Redis.Call.each(Leases.ALL, Script.COUNT, arguments))) {
            List<?> counts = (List<?>) answer;
            for (int i = 0; i < bits.size(); i++) {
                sums[i][0] += Buckets.number(counts.get(2 * i));
                long out = Buckets.number(counts.get(2 * i + 1));
                sums[i][1] = out < 0 || sums[i][1] < 0 ? -1 : sums[i][1] + out;
            }
        }
        return sums;
    }

    /** How many messages are ready for a group, and how many are handed out to it. */
    record Count(long ready, long inFlight) {
        static Count sum(Count one, Count other) {
            return new Count(one.ready + other.ready, one.inFlight + other.inFlight);
        }
    }

    /** Adds what is ready in these buckets. */
    void addReady(List<Integer> which, List<Depths.Of> groups, Map<Depths.Of, Count> to) {
        for (List<?> counts : depths(which, groups)) {
            for (int i = 0; i < groups.size(); i++) {
                to.merge(groups.get(i), new Count(Buckets.number(counts.get(i)), 0), Count::sum);
            }
        }
    }

    /** How much is ready for each of these groups, in each of these buckets. */
    private List<List<?>> depths(List<Integer> which, List<Depths.Of> groups) {
        List<byte[]> arguments = new ArrayList<>();
        groups.forEach(of -> {
            arguments.add(Redis.bytes(of.topic()));
            arguments.add(Redis.bytes(of.bit()));
        });
        List<List<?>> depths = new ArrayList<>();
        redis.callAll(Redis.Call.each(which, Script.DEPTH, arguments)).forEach(counts -> depths.add((List<?>) counts));
        return depths;
    }

    /** Adds what is handed out in these buckets; of more than so many in a bucket it is an estimate. */
    void addInFlight(List<Integer> which, Map<Depths.Of, Count> to) {
        for (Object answer :
                redis.callAll(Redis.Call.each(which, Script.FLIGHT, List.of(Redis.bytes(LOOKED_AT_MAX))))) {
            List<?> counts = (List<?>) answer;
            for (int i = 0; i < counts.size(); i += 3) {
                Depths.Of of = new Depths.Of(Buckets.integer(counts.get(i)), Buckets.integer(counts.get(i + 1)));
                to.merge(of, new Count(0, Buckets.number(counts.get(i + 2))), Count::sum);
            }
        }
    }

    /** In which buckets something is ready for each of these groups, as bits; asked for in one round trip. */
    int[] probe(List<Depths.Of> groups) {
        int[] buckets = new int[groups.size()];
        List<List<?>> depths = depths(Leases.ALL, groups);
        for (int bucket = 0; bucket < depths.size(); bucket++) {
            for (int i = 0; i < buckets.length; i++) {
                if (Buckets.number(depths.get(bucket).get(i)) > 0) {
                    buckets[i] |= 1 << bucket;
                }
            }
        }
        return buckets;
    }
}
