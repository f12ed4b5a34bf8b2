package io.carillon.delayqueue;

import java.util.ArrayList;
import java.util.List;

/**
 * Who looks after which bucket, and how far and how whole he keeps its order: leases, horizons, marks, the nodes that live. Any
 * thread may call; all methods wait for Redis.
 */
final class BucketLeases {
    /** How far a bucket's order is kept; {@code isFenced} when the lease is another's. */
    record Horizon(boolean isFenced, long nowMs, long oldMs, long newMs) {}

    private final Redis redis;

    BucketLeases(Redis redis) {
        this.redis = redis;
    }

    /** {@code take}, {@code keep} or {@code free} a bucket's lease; whether that was done. */
    boolean lease(String what, int bucket, String lease, long ms, long epoch) {
        return Buckets.number(redis.call(Script.LEASE, bucket, leaseArguments(what, lease, ms, epoch))) == 1;
    }

    /** Keeps leases, in the order of the buckets. */
    List<Boolean> keep(List<Integer> buckets, List<String> leases, long ms) {
        List<Redis.Call> calls = new ArrayList<>();
        for (int i = 0; i < buckets.size(); i++) {
            calls.add(new Redis.Call(Script.LEASE, buckets.get(i), leaseArguments("keep", leases.get(i), ms, 0)));
        }
        return redis.callAll(calls).stream()
                .map(answer -> Buckets.number(answer) == 1)
                .toList();
    }

    private static List<byte[]> leaseArguments(String what, String lease, long ms, long epoch) {
        return List.of(Redis.bytes(what), Redis.bytes(lease), Redis.bytes(ms), Redis.bytes(epoch));
    }

    Horizon horizon(int bucket, String lease, long aheadMs) {
        List<?> answer =
                (List<?>) redis.call(Script.HORIZON, bucket, List.of(Redis.bytes(lease), Redis.bytes(aheadMs)));
        return Buckets.number(answer.getFirst()) < 0
                ? new Horizon(true, 0, 0, 0)
                : new Horizon(
                        false,
                        Buckets.number(answer.get(0)),
                        Buckets.number(answer.get(1)),
                        Buckets.number(answer.get(2)));
    }

    /** The mark that {@link #setMade} left; empty when the bucket's order is not whole. */
    String made(int bucket) {
        return Buckets.text(redis.call(Script.GEN, bucket, List.of(Redis.bytes("get"))));
    }

    /** Leaves the mark, if the lease still holds; whether it did. */
    boolean setMade(int bucket, String mark, String lease) {
        return Buckets.text(redis.call(
                        Script.GEN, bucket, List.of(Redis.bytes("set"), Redis.bytes(mark), Redis.bytes(lease))))
                .equals(mark);
    }

    /** The time by Redis's clock, and the nodes that live. */
    record Nodes(long nowMs, List<String> names) {}

    Nodes nodes(String node, long ms, boolean isHere) {
        List<?> answer = (List<?>)
                redis.callNodes(List.of(Redis.bytes(node), Redis.bytes(ms), Redis.bytes(isHere ? "here" : "gone")));
        return new Nodes(
                Buckets.number(answer.getFirst()),
                answer.subList(1, answer.size()).stream().map(Buckets::text).toList());
    }
}
