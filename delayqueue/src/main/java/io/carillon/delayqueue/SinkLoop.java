package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.RetryPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Hands what is due to the sink: a group of its own on every topic, which pulls, delivers and acknowledges as any other
 * would, on every node. {@link #round} is called by one thread.
 */
final class SinkLoop {
    static final String GROUP = "carillon-sink";

    private static final int BATCH = 100;
    private static final long RETRY_MS = 1_000;

    private static final RetryPolicy ENDLESS = new RetryPolicy(Integer.MAX_VALUE, RETRY_MS, 1, RETRY_MS);

    private final Node node;
    private final Sink sink;
    private final Map<String, CompletableFuture<?>> running = new HashMap<>();

    SinkLoop(Node node, Sink sink) {
        this.node = node;
        this.sink = sink;
    }

    long round() {
        node.topics().refresh();
        running.values().removeIf(CompletableFuture::isDone);
        for (TopicTable.Topic topic : node.topics().list()) {
            TopicTable.Group group = topic.groups().get(GROUP);
            if (group == null) {
                node.topics().putGroup(topic, GROUP, GroupSettings.DEFAULT);
            } else if (!running.containsKey(topic.name())) {
                running.put(topic.name(), pull(topic, group));
            }
        }
        return 20_000_000L;
    }

    /** One pull and what comes of it; the next one is begun when this is over. */
    private CompletableFuture<?> pull(TopicTable.Topic topic, TopicTable.Group group) {
        long visibilityMs = node.config().delayKeep().visibility().toMillis();
        return node.waits()
                .pull(new Waits.PullOrder(topic, group, BATCH, visibilityMs, List.of()), 1_000)
                .thenCompose(answer ->
                        answer instanceof Answer.Done<List<Delivery>>(List<Delivery> due) && !due.isEmpty()
                                ? deliver(group, due)
                                : CompletableFuture.completedFuture(null));
    }

    private CompletableFuture<?> deliver(TopicTable.Group group, List<Delivery> due) {
        List<CompletableFuture<Void>> futures = sink.deliver(due);
        return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new))
                .handle((_, _) -> {
                    node.life().at("sink:delivered");
                    List<Receipts.Receipt> done = new ArrayList<>();
                    for (int i = 0; i < due.size(); i++) {
                        Optional<Receipts.Receipt> receipt =
                                node.receipts().parse(due.get(i).receipt());
                        if (futures.get(i).isCompletedExceptionally()) {
                            receipt.ifPresent(this::giveBack);
                        } else {
                            receipt.ifPresent(done::add);
                        }
                    }
                    node.settling()
                            .acknowledge(new Settling.Order(group.bit(), List.copyOf(done), new CompletableFuture<>()));
                    return done;
                });
    }

    private void giveBack(Receipts.Receipt receipt) {
        // A sink that fails is not the message's fault: it never becomes a dead letter by that.
        node.execute(() -> node.settling().release(receipt, RETRY_MS, ENDLESS));
    }
}
