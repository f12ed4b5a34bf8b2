package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Cancelled;
import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.Redriven;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Rescheduled;
import io.carillon.base.delayqueue.Stored;
import io.carillon.base.delayqueue.When;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** What is asked about messages that were sent, dead letters among them, and what changes them. */
final class MessageCalls {
    private final Node node;
    private final Finder finder;
    private final Checks checks;

    MessageCalls(Node node, Finder finder, Checks checks) {
        this.node = node;
        this.finder = finder;
        this.checks = checks;
    }

    CompletableFuture<Answer<Cancelled>> cancel(String topic, String id) {
        return onMessage(topic, id, (found, number) -> node.changes().cancel(found, number));
    }

    CompletableFuture<Answer<Rescheduled>> reschedule(String topic, String id, When when) {
        long nowMs = node.clock().nowMs();
        Optional<Refusal> refusal = checks.due(when, nowMs);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return onMessage(topic, id, (found, number) -> node.changes().reschedule(found, number, when.dueMs(nowMs)));
    }

    private interface OnMessage<T> {
        Answer<T> with(TopicTable.Topic topic, long id);
    }

    private <T> CompletableFuture<Answer<T>> onMessage(String topic, String id, OnMessage<T> work) {
        OptionalLong number = MessageId.parse(id);
        CompletableFuture<Answer<T>> answer = finder.onTopic(
                topic,
                false,
                found -> number.isEmpty()
                        ? Refusals.refused(Refusals.noMessage(id))
                        : finder.work(() -> work.with(found, number.getAsLong())));
        // Where there is no such topic, there is no message of it.
        return answer.thenApply(one -> Refusals.isMissing(one) ? Answer.refused(Refusals.noMessage(id)) : one);
    }

    CompletableFuture<Answer<Stored>> get(Requests.Where where, String id) {
        return onMessage(where.topic(), id, (topic, number) -> {
            // A group that does not exist yet has not got it: it is as for nobody in particular.
            TopicTable.Group group = topic.groups().get(where.group());
            return StoreFailure.looking(() -> node.looks().get(topic, group, number))
                    .<Answer<Stored>>map(Answer::of)
                    .orElseGet(() -> Answer.refused(Refusals.noMessage(id)));
        });
    }

    CompletableFuture<Answer<Found<Stored>>> list(Requests.Search search) {
        Optional<Refusal> refusal = checks.page(search.page());
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        if (search.topic().isEmpty()) {
            return finder.look(() -> Answer.of(node.looks().list(search, null, null)));
        }
        return finder.onTopic(search.topic(), false, topic -> {
            TopicTable.Group group = topic.groups().get(search.group());
            if (group == null && !search.group().isEmpty()) {
                return Refusals.refused(Refusals.noGroup(search.group()));
            }
            return finder.look(() -> Answer.of(node.looks().list(search, topic, group)));
        });
    }

    CompletableFuture<Answer<Found<Stored>>> deadLetters(Requests.DeadLetters which) {
        Optional<Refusal> refusal = checks.page(which.page());
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return finder.onGroup(
                which.where(),
                false,
                (topic, group) -> finder.look(() -> Answer.of(node.looks().deadLetters(topic, group, which.page()))));
    }

    CompletableFuture<Answer<Redriven>> redrive(Requests.Redrive which) {
        int max = which.ids().isEmpty() ? which.max() : which.ids().size();
        Optional<Refusal> refusal =
                checks.batch("page_max", max, checks.limits().calls().pageMax());
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return finder.onGroup(
                which.where(),
                false,
                (topic, group) -> finder.work(() -> Answer.of(node.changes().redrive(topic, group, which.ids(), max))));
    }
}
