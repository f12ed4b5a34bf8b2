package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Sink;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Takes messages, as far as they are within the limits. */
final class SenderCalls {
    private final Node node;
    private final Finder finder;
    private final Checks checks;
    private final @Nullable Sink sink;

    /** @param sink takes what is due by itself, and says what it would never take; null for none */
    SenderCalls(Node node, Finder finder, Checks checks, @Nullable Sink sink) {
        this.node = node;
        this.finder = finder;
        this.checks = checks;
        this.sink = sink;
    }

    CompletableFuture<Answer<List<Answer<Sent>>>> send(String topic, List<NewMessage> all) {
        Optional<Refusal> refusal =
                checks.batch("batch_max", all.size(), checks.limits().calls().batchMax());
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return finder.onTopic(topic, true, found -> {
            List<NewMessage> taken = new ArrayList<>();
            List<@Nullable Refusal> refused = new ArrayList<>();
            long nowMs = node.clock().nowMs();
            int bytes = 0;
            for (NewMessage message : all) {
                Refusal why = fault(topic, message, nowMs).orElse(null);
                refused.add(why);
                if (why == null) {
                    // On its way into a sink it is tried until it got there; how often after that, the groups there
                    // say.
                    taken.add(sink == null ? message : message.withRetry(null));
                    bytes += 4_096 + message.body().length;
                }
            }
            return send(found, taken, bytes).thenApply(sent -> Answer.of(merge(sent, refused)));
        });
    }

    private Optional<Refusal> fault(String topic, NewMessage message, long nowMs) {
        Optional<Refusal> fault = checks.message(message, nowMs);
        return sink == null || fault.isPresent() ? fault : sink.faultOf(topic, message);
    }

    private CompletableFuture<List<Answer<Sent>>> send(TopicTable.Topic topic, List<NewMessage> taken, int bytes) {
        CompletableFuture<List<Answer<Sent>>> answer = new CompletableFuture<>();
        if (taken.isEmpty()) {
            answer.complete(List.of());
        } else if (node.sends().waiting() > Checks.SENDS_MAX) {
            Answer<Sent> busy = Answer.refused(new Refusal.Busy("sends_max", Checks.SENDS_MAX, 100));
            answer.complete(taken.stream().map(_ -> busy).toList());
        } else {
            node.sends().add(new Sends.Order(topic, taken, bytes, answer));
        }
        return answer;
    }

    private static List<Answer<Sent>> merge(List<Answer<Sent>> sent, List<@Nullable Refusal> refused) {
        List<Answer<Sent>> merged = new ArrayList<>(refused.size());
        int next = 0;
        for (Refusal why : refused) {
            merged.add(why == null ? sent.get(next++) : Answer.refused(why));
        }
        return merged;
    }
}
