package io.carillon.delayqueue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The order of messages in Redis: what waits, what is ready, what is handed out, in 20 buckets that share nothing. Turns
 * words into calls of {@link Script}s and back. Any thread may call; all methods wait for Redis.
 */
final class Buckets {
    /** What a move did; {@code isFenced} when the lease is another's, and nothing was done. */
    record Moved(
            boolean isFenced,
            int due,
            int returned,
            int dead,
            long nowMs,
            long nextMs,
            long lateSumMs,
            List<Integer> lateClasses,
            List<Ready> ready) {
        boolean isFull(int limit) {
            return due >= limit || returned + dead >= limit;
        }
    }

    /** So many messages became ready for a group. */
    record Ready(int topic, int bit, int count) {}

    /** Messages handed out. */
    record Claimed(long nowMs, long deadlineMs, long left, List<Taken> taken) {}

    /** @param failed how often it was handed out before */
    record Taken(Member member, int failed) {}

    /** Whether a message of the order is where its receipt says. */
    enum Holder {
        UNKNOWN,
        THIS,
        OTHER
    }

    /** Where a message is for a group. */
    record Place(int is, int failed) {
        static final int NOWHERE = 0;
        static final int WAITS = 1;
        static final int READY = 2;
        static final int OUT = 3;
        static final int DYING = 4;
    }

    private static final byte[] NEW = Redis.bytes("new");
    private static final byte[] ALL = Redis.bytes("all");
    private static final int CHUNK = 200;
    /** Instead of how often a message may be tried: this was no try. */
    private static final int UNCOUNTED = 0;

    private static final int LATE_AT = 6;
    private static final int DROPPED_AT_ONCE = 500;
    private static final int TOLD_AT_ONCE = 500;
    /** The place at which a drop has looked through all. */
    private static final int DROPPED = 66;

    private final Redis redis;

    Buckets(Redis redis) {
        this.redis = redis;
    }

    /** Adds what lies within the horizon of its bucket and is not there yet. */
    long addNew(Collection<MessageTable.Due> dues) {
        return add(dues, NEW);
    }

    /** Adds what is not there yet. */
    long addAll(Collection<MessageTable.Due> dues) {
        return add(dues, ALL);
    }

    private long add(Collection<MessageTable.Due> dues, byte[] mode) {
        Map<Integer, List<byte[]>> byBucket = new TreeMap<>();
        List<Redis.Call> calls = new ArrayList<>();
        for (MessageTable.Due due : dues) {
            int bucket = due.member().bucket();
            List<byte[]> arguments = byBucket.computeIfAbsent(bucket, _ -> new ArrayList<>(List.of(mode)));
            arguments.add(due.member().bytes());
            arguments.add(due.done() == 0 ? Redis.bytes(due.dueMs()) : withDone(due));
            if (arguments.size() > 2 * CHUNK) {
                calls.add(new Redis.Call(Script.ADD, bucket, byBucket.remove(bucket)));
            }
        }
        byBucket.forEach((bucket, arguments) -> calls.add(new Redis.Call(Script.ADD, bucket, arguments)));
        return redis.callAll(calls).stream().mapToLong(Buckets::number).sum();
    }

    private static byte[] withDone(MessageTable.Due due) {
        StringBuilder text = new StringBuilder().append(due.dueMs()).append(':');
        for (int bit = 0; bit < Long.SIZE; bit++) {
            if ((due.done() >>> bit & 1) != 0) {
                text.append(bit).append(',');
            }
        }
        return Redis.bytes(text.toString());
    }

    /** Moves what is due, of every bucket by the lease given for it. */
    List<Moved> move(List<Integer> buckets, List<String> leases, int limit, boolean wakes, boolean audits) {
        List<Redis.Call> calls = new ArrayList<>();
        for (int i = 0; i < buckets.size(); i++) {
            calls.add(new Redis.Call(
                    Script.MOVE,
                    buckets.get(i),
                    List.of(
                            Redis.bytes(leases.get(i)),
                            Redis.bytes(limit),
                            Redis.bytes(wakes ? "wake" : ""),
                            Redis.bytes(audits ? "audit" : ""))));
        }
        return redis.callAll(calls).stream().map(Buckets::moved).toList();
    }

    private static Moved moved(Object answer) {
        List<?> items = (List<?>) answer;
        if (number(items.getFirst()) < 0) {
            return new Moved(true, 0, 0, 0, 0, Long.MAX_VALUE, 0, List.of(), List.of());
        }
        List<Ready> ready = new ArrayList<>();
        for (int i = LATE_AT + Figures.LATE_CLASSES; i < items.size(); i += 3) {
            ready.add(new Ready(integer(items.get(i)), integer(items.get(i + 1)), integer(items.get(i + 2))));
        }
        return new Moved(
                false,
                integer(items.get(0)),
                integer(items.get(1)),
                integer(items.get(2)),
                number(items.get(3)),
                number(items.get(4)),
                number(items.get(5)),
                items.subList(LATE_AT, LATE_AT + Figures.LATE_CLASSES).stream()
                        .map(Buckets::integer)
                        .toList(),
                ready);
    }

    Claimed claim(int bucket, int topic, int bit, int max, long visibilityMs) {
        List<?> answer = (List<?>) redis.call(
                Script.CLAIM,
                bucket,
                List.of(Redis.bytes(topic), Redis.bytes(bit), Redis.bytes(max), Redis.bytes(visibilityMs)));
        List<Taken> taken = new ArrayList<>();
        for (int i = 3; i < answer.size(); i += 2) {
            taken.add(new Taken(Member.of((byte[]) answer.get(i)), integer(answer.get(i + 1))));
        }
        return new Claimed(number(answer.get(0)), number(answer.get(1)), number(answer.get(2)), taken);
    }

    /** Who has these now, in their order. */
    List<Holder> check(List<Receipts.Receipt> receipts) {
        Holder[] holders = new Holder[receipts.size()];
        byBucket(
                Script.CHECK,
                receipts,
                receipt -> receipt.member().bucket(),
                1,
                (receipt, arguments) -> {
                    arguments.add(receipt.own());
                    arguments.add(Redis.bytes(receipt.delivery()));
                    arguments.add(Redis.bytes(receipt.deadlineMs()));
                },
                (i, answer) -> holders[i] = Holder.values()[integer(answer.getFirst())]);
        return List.of(holders);
    }

    /** Forgets what a group is done with. */
    void forget(List<Member> members, int bit) {
        Map<Integer, List<byte[]>> byBucket = new TreeMap<>();
        members.forEach(member -> byBucket.computeIfAbsent(member.bucket(), _ -> new ArrayList<>())
                .add(member.bytes(bit)));
        redis.callAll(byBucket.entrySet().stream()
                .map(entry -> new Redis.Call(Script.ACK, entry.getKey(), entry.getValue()))
                .toList());
    }

    /** What was tried as often as may be, and how often. */
    record Dying(Member member, int bit, int tries) {}

    List<Dying> dying(int bucket, int max) {
        List<?> answer = (List<?>) redis.call(Script.DYING, bucket, List.of(Redis.bytes(max)));
        List<Dying> dying = new ArrayList<>();
        for (int i = 0; i < answer.size(); i += 2) {
            byte[] own = (byte[]) answer.get(i);
            dying.add(new Dying(Member.of(own), own[Member.LENGTH], (int) Double.parseDouble(text(answer.get(i + 1)))));
        }
        return dying;
    }

    /** Until when the holder has it now; 0 when it is not the holder. */
    long extend(Receipts.Receipt receipt, long visibilityMs) {
        return number(redis.call(
                Script.EXTEND,
                receipt.member().bucket(),
                List.of(
                        receipt.own(),
                        Redis.bytes(receipt.delivery()),
                        Redis.bytes(visibilityMs),
                        Redis.bytes(receipt.deadlineMs()))));
    }

    /** When it is due again and whether that is never, for it is dead; {@code {0, 0}} when it is not the holder's. */
    long[] release(Receipts.Receipt receipt, long delayMs, int attemptsMax) {
        List<?> answer = (List<?>)
                redis.callAll(List.of(releaseOf(receipt, delayMs, attemptsMax))).getFirst();
        return new long[] {number(answer.get(0)), number(answer.get(1))};
    }

    private static Redis.Call releaseOf(Receipts.Receipt receipt, long delayMs, int attemptsMax) {
        return new Redis.Call(
                Script.RELEASE,
                receipt.member().bucket(),
                List.of(
                        receipt.own(),
                        Redis.bytes(receipt.delivery()),
                        Redis.bytes(delayMs),
                        Redis.bytes(attemptsMax),
                        Redis.bytes(receipt.deadlineMs())));
    }

    /** Gives back what nobody got to see: it is ready again after so many ms, and that it was taken does not count. */
    void giveBack(List<Receipts.Receipt> receipts, long delayMs) {
        redis.callAll(receipts.stream()
                .map(receipt -> releaseOf(receipt, delayMs, UNCOUNTED))
                .toList());
    }

    /** Takes a cancelled message away; whether somebody has or had it. */
    boolean cancel(Member member) {
        return number(redis.call(Script.TAKE, member.bucket(), List.of(member.bytes(), Redis.bytes("cancel")))) == 1;
    }

    /** Lets a message wait for another time; whether somebody has or had it, and nothing was changed. */
    boolean reschedule(Member member, long dueMs) {
        return number(redis.call(Script.TAKE, member.bucket(), List.of(member.bytes(), Redis.bytes(dueMs)))) == 1;
    }

    /** Where these are for a group, in their order. */
    List<Place> where(List<Member> members, List<Integer> bits) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            all.add(i);
        }
        Place[] places = new Place[members.size()];
        byBucket(
                Script.WHERE,
                all,
                i -> members.get(i).bucket(),
                2,
                (i, arguments) -> arguments.add(members.get(i).bytes(bits.get(i))),
                (i, answer) -> places[i] = new Place(integer(answer.get(0)), integer(answer.get(1))));
        return List.of(places);
    }

    private interface Fill<T> {
        void with(T item, List<byte[]> arguments);
    }

    private interface Read {
        void at(int index, List<?> answer);
    }

    /** Asks about many things in one round trip, each in its bucket. */
    private <T> void byBucket(
            Script script,
            List<T> items,
            java.util.function.ToIntFunction<T> bucketOf,
            int width,
            Fill<T> fill,
            Read read) {
        Map<Integer, List<Integer>> indexes = new TreeMap<>();
        for (int i = 0; i < items.size(); i++) {
            indexes.computeIfAbsent(bucketOf.applyAsInt(items.get(i)), _ -> new ArrayList<>())
                    .add(i);
        }
        List<Redis.Call> calls = new ArrayList<>();
        indexes.forEach((bucket, of) -> {
            List<byte[]> arguments = new ArrayList<>();
            of.forEach(i -> fill.with(items.get(i), arguments));
            calls.add(new Redis.Call(script, bucket, arguments));
        });
        List<Object> answers = redis.callAll(calls);
        int call = 0;
        for (List<Integer> of : indexes.values()) {
            List<?> answer = (List<?>) answers.get(call++);
            for (int i = 0; i < of.size(); i++) {
                read.at(of.get(i), answer.subList(i * width, (i + 1) * width));
            }
        }
    }

    /**
     * Lets these buckets know the groups of topics.
     *
     * @param version as of which; what a bucket knows as of a later one it keeps
     */
    void putGroups(Collection<Integer> buckets, long version, Map<Integer, String> groups) {
        List<byte[]> arguments = new ArrayList<>(List.of(Redis.bytes(version)));
        int left = groups.size();
        for (Map.Entry<Integer, String> topic : groups.entrySet()) {
            arguments.add(Redis.bytes(topic.getKey()));
            arguments.add(Redis.bytes(topic.getValue()));
            left--;
            if (left == 0 || arguments.size() > 2 * TOLD_AT_ONCE) {
                redis.callAll(Redis.Call.each(buckets, Script.GROUPS, List.copyOf(arguments)));
                arguments.subList(1, arguments.size()).clear();
            }
        }
    }

    /** Forgets what a group has, or with bit -1 a topic; in small steps, for Redis serves nobody else during one. */
    void drop(int topic, int bit) {
        List<Redis.Call> open =
                Redis.Call.each(Leases.ALL, Script.DROP, dropArguments(topic, bit, 0, Redis.bytes("0")));
        while (!open.isEmpty()) {
            List<Object> answers = redis.callAll(open);
            List<Redis.Call> next = new ArrayList<>();
            for (int i = 0; i < open.size(); i++) {
                List<?> answer = (List<?>) answers.get(i);
                int place = integer(answer.getFirst());
                if (place < DROPPED) {
                    List<byte[]> arguments = dropArguments(topic, bit, place, (byte[]) answer.get(1));
                    next.add(new Redis.Call(Script.DROP, open.get(i).bucket(), arguments));
                }
            }
            open = next;
        }
    }

    private static List<byte[]> dropArguments(int topic, int bit, int place, byte[] cursor) {
        return List.of(Redis.bytes(topic), Redis.bytes(bit), Redis.bytes(place), cursor, Redis.bytes(DROPPED_AT_ONCE));
    }

    // ---- what scripts answer

    static String text(Object answer) {
        return new String((byte[]) answer, StandardCharsets.US_ASCII);
    }

    static long number(Object answer) {
        return answer instanceof Long number ? number : Long.parseLong(text(answer));
    }

    static int integer(Object answer) {
        return (int) number(answer);
    }
}
