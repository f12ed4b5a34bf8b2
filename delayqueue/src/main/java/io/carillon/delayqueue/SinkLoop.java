package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.Released;
import io.carillon.base.delayqueue.RetryPolicy;
import io.carillon.base.delayqueue.Settled;
import io.carillon.base.delayqueue.Sink;
import io.carillon.base.delayqueue.Sink.Outcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Hands what is due to the sink: a group of its own on every topic, which pulls, delivers and acknowledges as any other
 * would, on every node that has a sink. {@link #round} is called by one thread.
 */
final class SinkLoop {
    static final String GROUP = "carillon-sink";

    private static final System.Logger LOGGER = System.getLogger(SinkLoop.class.getName());
    private static final long REST_NS = 100_000_000L;
    private static final long WAIT_MS = 1_000;
    /** So late is a message at most whose node died while it delivered it; a sink answers within ms. */
    private static final long VISIBILITY_MS = 60_000;

    private static final long RETRY_MS = 1_000;
    /** Only what its node died with counts as an attempt, so a message is not given up for a sink that fails. */
    private static final GroupSettings SETTINGS =
            new GroupSettings(VISIBILITY_MS, new RetryPolicy(Retries.ATTEMPTS_MAX, RETRY_MS, 1, RETRY_MS));

    private final Node node;
    private final Sink sink;
    private final Map<String, Flow> flows = new HashMap<>();
    private volatile @Nullable Thread thread;

    SinkLoop(Node node, Sink sink) {
        this.node = node;
        this.sink = sink;
    }

    /** The messages of one topic on their way: one pull, and what comes of it, at a time, so that they keep their order. */
    private static final class Flow {
        private static final int BATCH_MAX = 100;
        private static final int BATCH_AT_FIRST = 8;
        private static final long BATCH_BYTES = 4 << 20;

        CompletableFuture<?> last = CompletableFuture.completedFuture(null);
        /** How many to take: as many as fit into memory, judged by those before. */
        volatile int batch = BATCH_AT_FIRST;

        volatile boolean isFailing;

        void note(List<Delivery> taken) {
            long bytes = 1;
            for (Delivery delivery : taken) {
                bytes += delivery.message().bodyBytes();
            }
            batch = Math.clamp(BATCH_BYTES * taken.size() / bytes, 1, BATCH_MAX);
        }
    }

    long round() {
        thread = Thread.currentThread();
        flows.keySet().removeIf(topic -> node.topics().topic(topic).isEmpty());
        for (TopicTable.Topic topic : node.topics().list()) {
            Flow flow = flows.computeIfAbsent(topic.name(), _ -> new Flow());
            TopicTable.Group group = topic.groups().get(GROUP);
            if (group == null) {
                join(flow, topic);
            } else if (flow.last.isDone()) {
                flow.last = pull(flow, topic, group);
            }
        }
        return REST_NS;
    }

    /** The next round finds the group. */
    private void join(Flow flow, TopicTable.Topic topic) {
        boolean hasRoom = topic.groups().size() < TopicTable.GROUPS_MAX;
        if (hasRoom && node.topics().putGroup(topic, GROUP, SETTINGS).isPresent()) {
            node.tellOfTopics();
            node.fill(topic.id());
            LockSupport.unpark(thread);
        } else {
            tell(flow, topic.name(), "the topic has as many groups as may be: delete one");
        }
    }

    private CompletableFuture<?> pull(Flow flow, TopicTable.Topic topic, TopicTable.Group group) {
        return node.waits()
                .pull(new Waits.PullOrder(topic, group, flow.batch, VISIBILITY_MS, List.of()), WAIT_MS)
                .thenCompose(answer -> took(flow, topic, group, answer))
                .whenComplete((isDone, failure) -> {
                    if (failure != null) {
                        tell(flow, topic.name(), failure.toString());
                    } else if (isDone) {
                        LockSupport.unpark(thread);
                    }
                });
    }

    /** Whether there was something, and all of it is done. */
    private CompletableFuture<Boolean> took(
            Flow flow, TopicTable.Topic topic, TopicTable.Group group, Answer<List<Delivery>> answer) {
        if (!(answer instanceof Answer.Done<List<Delivery>>(List<Delivery> taken)) || taken.isEmpty()) {
            return CompletableFuture.completedFuture(false); // of a store that is down others tell
        }
        flow.note(taken);
        List<Receipts.Receipt> receipts = new ArrayList<>();
        List<Sink.Due> due = new ArrayList<>();
        for (Delivery delivery : taken) {
            Receipts.Receipt receipt = node.receipts().parse(delivery.receipt()).orElseThrow();
            receipts.add(receipt);
            due.add(new Sink.Due(node.receipts().uniqueId(receipt.member().id()), delivery.message()));
        }
        return sink.deliver(topic.name(), due)
                .exceptionally(failure -> Collections.nCopies(due.size(), new Outcome.Later(failure.toString())))
                .thenCompose(outcomes -> settle(flow, topic.name(), group, receipts, outcomes));
    }

    private CompletableFuture<Boolean> settle(
            Flow flow, String topic, TopicTable.Group group, List<Receipts.Receipt> receipts, List<Outcome> outcomes) {
        node.life().at(Step.SINK_DELIVERED);
        List<Receipts.Receipt> done = new ArrayList<>();
        for (int i = 0; i < receipts.size(); i++) {
            Receipts.Receipt receipt = receipts.get(i);
            switch (outcomes.get(i)) {
                case Outcome.Taken() -> done.add(receipt);
                case Outcome.Later(String why) -> {
                    tell(flow, topic, why);
                    node.execute(() -> node.buckets().giveBack(List.of(receipt), RETRY_MS));
                }
                case Outcome.Never(String why) -> {
                    tell(flow, topic, why);
                    node.execute(() -> giveUp(receipt));
                }
            }
        }
        boolean areAll = done.size() == receipts.size();
        flow.isFailing &= !areAll;
        node.figures().undelivered.add(receipts.size() - done.size());
        if (done.isEmpty()) {
            return CompletableFuture.completedFuture(false);
        }
        CompletableFuture<Answer<List<Settled>>> settled = new CompletableFuture<>();
        node.settling().acknowledge(new Settling.Order(group.bit(), List.copyOf(done), settled));
        return settled.thenApply(answer -> areAll && answer instanceof Answer.Done<?>);
    }

    /** Makes it a dead letter of the sink's group, from where it can be looked at and sent on its way again. */
    private void giveUp(Receipts.Receipt receipt) {
        long[] released = node.buckets().release(receipt, 0, 1);
        if (released[0] != 0) {
            node.burials().released(receipt, Answer.of(new Released(released[0], released[1] == 1)));
        }
    }

    /** Says so when it begins. */
    private void tell(Flow flow, String topic, String why) {
        if (!flow.isFailing && !node.isOver()) {
            flow.isFailing = true;
            LOGGER.log(System.Logger.Level.WARNING, "delayqueue_not_delivered topic=" + topic + " because=" + why);
        }
    }
}
