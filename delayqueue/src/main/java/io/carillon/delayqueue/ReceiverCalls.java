package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.Extended;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Released;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Settled;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What receivers ask for: messages, and what they do with those that they have. */
final class ReceiverCalls {
    private final Node node;
    private final Finder finder;
    private final Checks checks;

    ReceiverCalls(Node node, Finder finder, Checks checks) {
        this.node = node;
        this.finder = finder;
        this.checks = checks;
    }

    CompletableFuture<Answer<List<Delivery>>> pull(Requests.Pull pull) {
        Optional<Refusal> refusal = checks.pull(pull);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        Optional<TopicTable.Topic> topic = node.topics().topic(pull.where().topic());
        Optional<TopicTable.Group> group =
                node.topics().group(pull.where().topic(), pull.where().group());
        if (topic.isPresent() && group.isPresent()) {
            return pull(pull, topic.get(), group.get());
        }
        return pullAnew(pull);
    }

    private CompletableFuture<Answer<List<Delivery>>> pull(
            Requests.Pull pull, TopicTable.Topic topic, TopicTable.Group group) {
        long visibilityMs = visibilityMs(pull.visibilityMs(), group);
        return node.waits()
                .pull(new Waits.PullOrder(topic, group, pull.max(), visibilityMs, pull.tags()), pull.waitMs());
    }

    private long visibilityMs(long asked, TopicTable.Group group) {
        if (asked != Requests.BY_GROUP) {
            return asked;
        }
        long ofGroup = group.settings().visibilityMs();
        return ofGroup > 0 ? ofGroup : checks.limits().times().visibilityDefaultMs();
    }

    /** The topic or the group must be looked for, and perhaps be made, first; that the receiver goes is passed on. */
    private CompletableFuture<Answer<List<Delivery>>> pullAnew(Requests.Pull pull) {
        CompletableFuture<Answer<List<Delivery>>> answer = new CompletableFuture<>();
        finder.onGroup(pull.where(), true, (topic, group) -> {
                    CompletableFuture<Answer<List<Delivery>>> inner = pull(pull, topic, group);
                    answer.whenComplete((_, _) -> inner.cancel(false));
                    return inner;
                })
                .whenComplete((value, failure) -> {
                    if (failure != null) {
                        answer.completeExceptionally(failure);
                    } else {
                        answer.complete(value);
                    }
                });
        return answer;
    }

    void giveBack(List<Delivery> deliveries) {
        node.execute(() -> node.waits().giveBack(deliveries));
    }

    CompletableFuture<Answer<List<Settled>>> acknowledge(Requests.Where where, List<String> texts) {
        Optional<Refusal> refusal =
                checks.batch("batch_max", texts.size(), checks.limits().calls().batchMax());
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        CompletableFuture<Answer<List<Settled>>> settled = finder.onGroup(where, false, (topic, group) -> {
            List<Receipts.@Nullable Receipt> parsed = new ArrayList<>();
            for (String text : texts) {
                parsed.add(receipt(topic, group, text).orElse(null));
            }
            CompletableFuture<Answer<List<Settled>>> answer = new CompletableFuture<>();
            node.settling().acknowledge(new Settling.Order(group.bit(), parsed, answer));
            return answer;
        });
        // Where there is no such group, there are no receipts of it.
        return settled.thenApply(answer -> Refusals.isMissing(answer)
                ? Answer.of(texts.stream().map(_ -> Settled.INVALID).toList())
                : answer);
    }

    private static <T> Answer<T> noReceipt(Answer<T> answer) {
        return Refusals.isMissing(answer) ? Answer.refused(Checks.NO_RECEIPT) : answer;
    }

    private Optional<Receipts.Receipt> receipt(TopicTable.Topic topic, TopicTable.Group group, String text) {
        return node.receipts()
                .parse(text)
                .filter(receipt -> receipt.member().topic() == topic.id() && receipt.bit() == group.bit());
    }

    CompletableFuture<Answer<Extended>> extend(Requests.Where where, String text, long visibilityMs) {
        Optional<Refusal> refusal =
                visibilityMs == Requests.BY_GROUP ? Optional.empty() : checks.visibility(visibilityMs);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return finder.<Extended>onGroup(
                        where,
                        false,
                        (topic, group) -> finder.work(() -> receipt(topic, group, text)
                                .map(receipt -> node.settling().extend(receipt, visibilityMs(visibilityMs, group)))
                                .orElseGet(() -> Answer.refused(Checks.NO_RECEIPT))))
                .thenApply(ReceiverCalls::noReceipt);
    }

    CompletableFuture<Answer<Released>> release(Requests.Where where, String text, long delayMs) {
        Optional<Refusal> refusal = checks.delay(delayMs);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return finder.<Released>onGroup(
                        where,
                        false,
                        (topic, group) -> finder.work(() -> {
                            Optional<Receipts.Receipt> receipt = receipt(topic, group, text);
                            if (receipt.isEmpty()) {
                                return Answer.refused(Checks.NO_RECEIPT);
                            }
                            Answer<Released> answer = node.settling()
                                    .release(
                                            receipt.get(),
                                            delayMs,
                                            group.settings().retry());
                            node.burials().released(receipt.get(), answer);
                            return answer;
                        }))
                .thenApply(ReceiverCalls::noReceipt);
    }
}
