package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Extended;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Released;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.RetryPolicy;
import io.carillon.base.delayqueue.Settled;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What receivers do with what they were handed out. An acknowledgement is a commit in MySQL, many of them in one, and only
 * then leaves the order: so what was acknowledged is never handed out again, even if Redis loses everything.
 */
final class Settling {
    /** Receipts of one call for one group; null where there is no such receipt. */
    record Order(int bit, List<Receipts.@Nullable Receipt> receipts, CompletableFuture<Answer<List<Settled>>> answer) {}

    private static final int WORKERS = 2;
    private static final int CALLS_MAX = 500;
    private static final int RECEIPT_WEIGHT = 4_096;

    private final Life life;
    private final Buckets buckets;
    private final MessageTable messages;
    private final Receipts receipts;
    private final Figures figures;
    private final GroupCommit<Order> line;

    Settling(Life life, Buckets buckets, MessageTable messages, Receipts receipts, Figures figures) {
        this.life = life;
        this.buckets = buckets;
        this.messages = messages;
        this.receipts = receipts;
        this.figures = figures;
        this.line = new GroupCommit<>(
                life,
                "delayqueue-settle",
                WORKERS,
                CALLS_MAX,
                order -> order.receipts().size() * RECEIPT_WEIGHT,
                this::settle);
    }

    boolean isBusy() {
        return line.isBusy();
    }

    void acknowledge(Order order) {
        line.add(order);
    }

    private void settle(List<Order> orders) {
        try {
            Set<Receipts.Receipt> distinct = new HashSet<>();
            orders.forEach(order -> order.receipts().forEach(receipt -> {
                if (receipt != null) {
                    distinct.add(receipt);
                }
            }));
            Map<Receipts.Receipt, Buckets.Holder> holders = holders(List.copyOf(distinct));
            Map<Integer, List<Order>> byBit = new HashMap<>();
            orders.forEach(order ->
                    byBit.computeIfAbsent(order.bit(), _ -> new ArrayList<>()).add(order));
            byBit.forEach((bit, same) -> settle(bit, same, holders));
        } catch (RuntimeException failure) {
            orders.forEach(order -> order.answer().completeExceptionally(failure));
            throw failure;
        }
    }

    /** These are one commit: what fails here says nothing about the orders of another bit. */
    private void settle(int bit, List<Order> orders, Map<Receipts.Receipt, Buckets.Holder> holders) {
        try {
            Map<Receipts.Receipt, Settled> outcomes = outcomes(bit, holders);
            for (Order order : orders) {
                order.answer()
                        .complete(Answer.of(order.receipts().stream()
                                .map(receipt -> receipt == null
                                        ? Settled.INVALID
                                        : outcomes.getOrDefault(receipt, Settled.INVALID))
                                .toList()));
            }
        } catch (StoreFailure failure) {
            Answer<List<Settled>> refused = Answer.refused(life.refusal(failure));
            orders.forEach(order -> order.answer().complete(refused));
        }
    }

    private Map<Receipts.Receipt, Settled> outcomes(int bit, Map<Receipts.Receipt, Buckets.Holder> holders) {
        List<Member> finished = new ArrayList<>();
        List<Receipts.Receipt> others = new ArrayList<>();
        Map<Receipts.Receipt, Settled> outcomes = new HashMap<>();
        holders.forEach((receipt, holder) -> {
            if (receipt.bit() == bit && holder == Buckets.Holder.OTHER) {
                others.add(receipt);
            } else if (receipt.bit() == bit) {
                finished.add(receipt.member());
                outcomes.put(receipt, Settled.DONE);
            }
        });
        if (finished.isEmpty()) {
            StoreFailure.looking(() -> late(others, outcomes));
        } else {
            finish(bit, finished);
            StoreFailure.changing(() -> late(others, outcomes));
        }
        return outcomes;
    }

    /** Who has them. What Redis does not know, or cannot say now, is the truth's to decide. */
    private Map<Receipts.Receipt, Buckets.Holder> holders(List<Receipts.Receipt> all) {
        Map<Receipts.Receipt, Buckets.Holder> holders = HashMap.newHashMap(all.size());
        try {
            List<Buckets.Holder> checked = buckets.check(all);
            for (int i = 0; i < all.size(); i++) {
                holders.put(all.get(i), checked.get(i));
            }
        } catch (StoreFailure _) {
            all.forEach(receipt -> holders.put(receipt, Buckets.Holder.UNKNOWN));
        }
        return holders;
    }

    private void finish(int bit, List<Member> members) {
        List<Long> ids = members.stream().map(Member::id).distinct().toList();
        int done = messages.finish(ids, bit, MessageTable.FINISHED);
        figures.acknowledged.add(done);
        life.at(Step.ACK_COMMITTED);
        forget(members, bit);
        life.at(Step.ACK_FORGOTTEN);
    }

    private void forget(List<Member> members, int bit) {
        try {
            buckets.forget(members, bit);
        } catch (StoreFailure _) {
            // They come back after their deadline, and are found to be done.
        }
    }

    /** Another has it, or will: too late, unless the truth says that the group is done with it. */
    private Map<Receipts.Receipt, Settled> late(
            List<Receipts.Receipt> others, Map<Receipts.Receipt, Settled> outcomes) {
        Map<Long, MessageTable.Content> contents = messages.fetch(
                others.stream().map(receipt -> receipt.member().id()).distinct().toList(), false);
        for (Receipts.Receipt receipt : others) {
            MessageTable.Content content = contents.get(receipt.member().id());
            boolean isDone =
                    content == null || content.state() != MessageTable.WAITING || content.isDoneFor(receipt.bit());
            outcomes.put(receipt, isDone ? Settled.DONE : Settled.TOO_LATE);
        }
        return outcomes;
    }

    Answer<Extended> extend(Receipts.Receipt receipt, long visibilityMs) {
        long untilMs = buckets.extend(receipt, visibilityMs);
        return untilMs == 0
                ? Answer.refused(notYours())
                : Answer.of(new Extended(receipts.text(receipt.until(untilMs)), untilMs));
    }

    Answer<Released> release(Receipts.Receipt receipt, long delayMs, @Nullable RetryPolicy ofGroup) {
        RetryPolicy policy = policy(receipt, ofGroup);
        long waitMs = delayMs == Requests.BY_POLICY ? policy.backoffMs(receipt.delivery()) : delayMs;
        long[] released = buckets.release(receipt, waitMs, policy.attemptsMax());
        life.at(Step.RELEASE_DONE);
        if (released[0] == 0) {
            return Answer.refused(notYours());
        }
        boolean isDead = released[1] == 1;
        if (!isDead) {
            figures.returned.increment();
        }
        return Answer.of(new Released(released[0], isDead));
    }

    private RetryPolicy policy(Receipts.Receipt receipt, @Nullable RetryPolicy ofGroup) {
        if ((receipt.member().flags() & Member.OWN_RETRY) != 0) {
            RetryPolicy own = StoreFailure.looking(
                            () -> messages.fetch(receipt.member().id(), false))
                    .map(content -> content.props().retry())
                    .orElse(null);
            if (own != null) {
                return own;
            }
        }
        return ofGroup == null ? RetryPolicy.DEFAULT : ofGroup;
    }

    static Refusal notYours() {
        return new Refusal.NotYours(
                "the message is not this receiver's any more: it was settled, released, or its time was"
                        + " over and it was or will be handed out to another");
    }
}
