package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Stored;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;

/**
 * Hands out messages: claims them in Redis, which gives them their deadline in the same step, then reads them from MySQL.
 * What the truth says is done, cancelled, expired or not due is not handed out, whatever the order says, and leaves it.
 * Any thread may call; all methods wait for the stores.
 */
final class Pulls {
    private static final int CLAIM_MAX = 500;

    private final Life life;
    private final Buckets buckets;
    private final BucketCounts counts;
    private final MessageTable messages;
    private final Topics topics;
    private final Receipts receipts;
    private final Figures figures;

    Pulls(
            Life life,
            Buckets buckets,
            BucketCounts counts,
            MessageTable messages,
            Topics topics,
            Receipts receipts,
            Figures figures) {
        this.life = life;
        this.buckets = buckets;
        this.counts = counts;
        this.messages = messages;
        this.topics = topics;
        this.receipts = receipts;
        this.figures = figures;
    }

    /** Whether this group gets nothing now: it or its topic is paused, or there is none. */
    boolean isPaused(int topic, int bit) {
        Optional<TopicTable.Topic> found = topics.topic(topic);
        if (found.isEmpty() || found.get().isPaused()) {
            return true;
        }
        for (TopicTable.Group group : found.get().groups().values()) {
            if (group.bit() == bit) {
                return group.isPaused();
            }
        }
        return true;
    }

    /** Why this gets nothing any more; empty as long as there are its topic and its group. */
    Optional<Refusal> gone(Waits.PullOrder order) {
        Optional<TopicTable.Topic> topic = topics.topic(order.topic().id());
        if (topic.isEmpty()) {
            return Optional.of(Refusals.noTopic(order.topic().name()));
        }
        TopicTable.Group group = topic.get().groups().get(order.group().name());
        // One that was made anew has another bit.
        return group != null && group.bit() == order.group().bit()
                ? Optional.empty()
                : Optional.of(Refusals.noGroup(order.group().name()));
    }

    /** In which buckets something is ready for each of these groups, as bits. */
    int[] probe(List<Depths.Of> groups) {
        return counts.probe(groups);
    }

    /**
     * Takes up to as many as are wanted.
     *
     * @param nextBucket where to look next, -1 for nowhere
     * @param hasMore told of a bucket in which something is left
     */
    List<Delivery> claim(Waits.PullOrder order, IntSupplier nextBucket, IntConsumer hasMore) {
        Map<Long, Claim> claims = new HashMap<>();
        List<Claim> inOrder = new ArrayList<>();
        int want = Math.min(order.max(), CLAIM_MAX);
        for (int bucket = nextBucket.getAsInt(); bucket >= 0; bucket = nextBucket.getAsInt()) {
            Buckets.Claimed claimed;
            try {
                claimed = buckets.claim(
                        bucket, order.topic().id(), order.group().bit(), want - inOrder.size(), order.visibilityMs());
            } catch (StoreFailure failure) {
                hasMore.accept(bucket);
                if (inOrder.isEmpty()) {
                    throw failure;
                }
                // What others gave is handed out: it is this receiver's already.
                break;
            }
            if (claimed.left() > 0) {
                hasMore.accept(bucket);
            }
            for (Buckets.Taken taken : claimed.taken()) {
                Claim claim = new Claim(taken, claimed.nowMs(), claimed.deadlineMs());
                claims.put(taken.member().id(), claim);
                inOrder.add(claim);
            }
            if (inOrder.size() >= want) {
                break;
            }
        }
        if (inOrder.isEmpty()) {
            return List.of();
        }
        life.at(Step.PULL_CLAIMED);
        return read(order, inOrder, claims);
    }

    private record Claim(Buckets.Taken taken, long nowMs, long deadlineMs) {
        Member member() {
            return taken.member();
        }

        Receipts.Receipt receipt(int bit) {
            return new Receipts.Receipt(member(), bit, taken.failed() + 1, deadlineMs);
        }
    }

    private List<Delivery> read(Waits.PullOrder order, List<Claim> claims, Map<Long, Claim> byId) {
        Map<Long, MessageTable.Content> contents;
        try {
            contents = messages.fetch(byId.keySet(), true);
        } catch (StoreFailure failure) {
            giveBackAfter(failure, claims, order.group().bit());
            throw failure;
        }
        List<Delivery> deliveries = new ArrayList<>();
        List<Claim> over = new ArrayList<>();
        for (Claim claim : claims) {
            MessageTable.Content content = contents.get(claim.member().id());
            if (content != null && isWanted(order, claim, content)) {
                deliveries.add(delivery(order, claim, content));
            } else {
                over.add(claim);
            }
        }
        if (!over.isEmpty()) {
            try {
                passOver(order, over, contents);
            } catch (StoreFailure failure) {
                // These are passed over when they are claimed again; the others are handed out.
                giveBackAfter(failure, over, order.group().bit());
                if (deliveries.isEmpty()) {
                    throw failure;
                }
            }
        }
        figures.delivered.add(deliveries.size());
        life.at(Step.PULL_READ);
        return deliveries;
    }

    /** Nobody got to see these, so that they were claimed does not count. */
    private void giveBackAfter(StoreFailure failure, List<Claim> claims, int bit) {
        try {
            buckets.giveBack(claims.stream().map(claim -> claim.receipt(bit)).toList(), 0);
        } catch (StoreFailure both) {
            // Their deadline brings them back.
            failure.addSuppressed(both);
        }
    }

    private static boolean isWanted(Waits.PullOrder order, Claim claim, MessageTable.Content content) {
        return content.state() == MessageTable.WAITING
                && !content.isDoneFor(order.group().bit())
                && content.dueMs() <= claim.nowMs()
                && content.expireMs() > claim.nowMs()
                && (order.tags().isEmpty()
                        || order.tags().contains(content.props().tag()));
    }

    /** What must not be handed out leaves the order; what must never be is finished in the truth first. */
    private void passOver(Waits.PullOrder order, List<Claim> over, Map<Long, MessageTable.Content> contents) {
        int bit = order.group().bit();
        List<Long> expired = new ArrayList<>();
        List<Long> otherTag = new ArrayList<>();
        List<MessageTable.Due> notYet = new ArrayList<>();
        for (Claim claim : over) {
            MessageTable.Content content = contents.get(claim.member().id());
            if (content == null || content.state() != MessageTable.WAITING || content.isDoneFor(bit)) {
                continue;
            }
            if (content.expireMs() <= claim.nowMs()) {
                expired.add(content.member().id());
            } else if (content.dueMs() > claim.nowMs()) {
                notYet.add(new MessageTable.Due(content.member(), content.dueMs()));
            } else {
                otherTag.add(content.member().id());
            }
        }
        if (!expired.isEmpty()) {
            figures.expired.add(messages.setState(expired, MessageTable.WAITING, MessageTable.EXPIRED));
        }
        if (!otherTag.isEmpty()) {
            messages.finish(otherTag, bit, MessageTable.FINISHED);
        }
        life.at(Step.PULL_PASSED_OVER);
        buckets.forget(over.stream().map(Claim::member).toList(), bit);
        if (!notYet.isEmpty()) {
            buckets.addNew(notYet);
        }
        figures.passedOver.add(over.size());
    }

    private Delivery delivery(Waits.PullOrder order, Claim claim, MessageTable.Content content) {
        Receipts.Receipt receipt = claim.receipt(order.group().bit());
        return new Delivery(
                stored(order.topic().name(), content, MessageState.IN_FLIGHT, receipt.delivery()),
                receipts.text(receipt),
                receipt.delivery(),
                receipt.deadlineMs());
    }

    static Stored stored(String topic, MessageTable.Content content, MessageState state, int attempts) {
        Props props = content.props();
        return new Stored(
                topic,
                MessageId.text(content.member().id()),
                state,
                content.dueMs(),
                content.sentMs(),
                attempts,
                props.key(),
                props.tag(),
                props.orderingKey(),
                props.ttlMs(),
                content.member().priority(),
                props.headers(),
                content.bodyBytes(),
                content.body());
    }

    /** The receiver never got them: what was taken for it is ready again at once, and that it was taken does not count. */
    List<Receipts.Receipt> giveBack(List<Delivery> deliveries) {
        List<Receipts.Receipt> all = deliveries.stream()
                .flatMap(delivery -> receipts.parse(delivery.receipt()).stream())
                .toList();
        try {
            buckets.giveBack(all, 0);
        } catch (StoreFailure _) {
            // Their deadline brings them back.
        }
        return all;
    }
}
