package io.carillon.delayqueue;

import io.carillon.base.CarillonException;
import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.TopicSettings;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Finds the topic and the group that a call names, and makes them where the call may; does on virtual threads what waits for
 * the stores. Any thread may call, and nothing here waits.
 */
final class Finder {
    private final Node node;
    private final Checks checks;

    Finder(Node node, Checks checks) {
        this.node = node;
        this.checks = checks;
    }

    /** What is done when both are found. */
    interface OnGroup<T> {
        CompletableFuture<Answer<T>> with(TopicTable.Topic topic, TopicTable.Group group);
    }

    /** @param mayMake whether this is a use that makes a topic */
    <T> CompletableFuture<Answer<T>> onTopic(
            String name, boolean mayMake, Function<TopicTable.Topic, CompletableFuture<Answer<T>>> then) {
        Optional<TopicTable.Topic> known = node.topics().topic(name);
        if (known.isPresent()) {
            return then.apply(known.get());
        }
        Optional<Refusal> refusal = checks.name("topic", name);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return this.<TopicTable.Topic>work(() -> {
                    // Another node may have made it a moment ago.
                    refresh();
                    if (mayMake
                            && node.config().create()
                            && node.topics().topic(name).isEmpty()) {
                        StoreFailure.changing(() -> node.topics().put(name, TopicSettings.DEFAULT));
                        node.tellOfTopics();
                    }
                    return node.topics()
                            .topic(name)
                            .<Answer<TopicTable.Topic>>map(Answer::of)
                            .orElseGet(() -> Answer.refused(Refusals.noTopic(name)));
                })
                .thenCompose(found -> switch (found) {
                    case Answer.Done<TopicTable.Topic>(TopicTable.Topic topic) -> then.apply(topic);
                    case Answer.Refused<TopicTable.Topic>(Refusal why) -> Refusals.refused(why);
                });
    }

    /** @param mayMake whether this is a use that makes a topic and a group */
    <T> CompletableFuture<Answer<T>> onGroup(Requests.Where where, boolean mayMake, OnGroup<T> then) {
        return onTopic(where.topic(), mayMake, topic -> {
            TopicTable.Group known = topic.groups().get(where.group());
            if (known != null) {
                return then.with(topic, known);
            }
            Optional<Refusal> refusal = checks.name("group", where.group());
            if (refusal.isPresent()) {
                return Refusals.refused(refusal.get());
            }
            return work(() -> findGroup(topic, where.group(), mayMake)).thenCompose(found -> switch (found) {
                case Answer.Done<TopicTable.Group>(TopicTable.Group group) ->
                    then.with(node.topics().topic(topic.id()).orElse(topic), group);
                case Answer.Refused<TopicTable.Group>(Refusal why) -> Refusals.refused(why);
            });
        });
    }

    private void refresh() {
        StoreFailure.looking(() -> node.topics().refresh());
    }

    private Answer<TopicTable.Group> findGroup(TopicTable.Topic topic, String group, boolean mayMake) {
        refresh();
        Optional<TopicTable.Group> found = node.topics().group(topic.name(), group);
        if (found.isPresent()) {
            return Answer.of(found.get());
        }
        return mayMake && node.config().create()
                ? makeGroup(topic, group, GroupSettings.DEFAULT)
                : Answer.refused(Refusals.noGroup(group));
    }

    /** Makes it, or gives it these settings; waits for the stores. */
    Answer<TopicTable.Group> makeGroup(TopicTable.Topic topic, String group, GroupSettings settings) {
        boolean isKnown = node.topics().group(topic.name(), group).isPresent();
        Optional<TopicTable.Group> made =
                StoreFailure.changing(() -> node.topics().putGroup(topic, group, settings));
        node.tellOfTopics();
        if (!isKnown) {
            node.fill(topic.id());
        }
        return made.<Answer<TopicTable.Group>>map(Answer::of)
                .orElseGet(() -> Answer.refused(new Refusal.OverLimit(
                        "groups_per_topic_max", TopicTable.GROUPS_MAX, TopicTable.GROUPS_MAX + 1L)));
    }

    /** Does what only looks. */
    <T> CompletableFuture<Answer<T>> look(Supplier<Answer<T>> work) {
        return work(() -> StoreFailure.looking(work));
    }

    /** Changes topics or groups, which takes several steps; that a store is down is found out before the first of them. */
    <T> CompletableFuture<Answer<T>> change(Supplier<Answer<T>> work) {
        return work(() -> {
            refresh();
            return StoreFailure.changing(work);
        });
    }

    /** Does this on a virtual thread; a store that is down is a refusal, which says whether anything was changed. */
    <T> CompletableFuture<Answer<T>> work(Supplier<Answer<T>> work) {
        CompletableFuture<Answer<T>> answer = new CompletableFuture<>();
        if (node.isOver()) {
            answer.completeExceptionally(new CarillonException.Closed("the delay queue is closed"));
            return answer;
        }
        node.execute(() -> {
            try {
                answer.complete(work.get());
            } catch (StoreFailure failure) {
                answer.complete(Answer.refused(node.life().refusal(failure)));
            } catch (RuntimeException failure) {
                answer.completeExceptionally(failure);
            }
        });
        return answer;
    }
}
