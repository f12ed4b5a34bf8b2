package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.GroupInfo;
import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Statistics;
import io.carillon.base.delayqueue.TopicInfo;
import io.carillon.base.delayqueue.TopicSettings;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Makes, changes and tells of topics and groups. */
final class TopicCalls {
    private final Node node;
    private final Finder finder;
    private final Checks checks;

    TopicCalls(Node node, Finder finder, Checks checks) {
        this.node = node;
        this.finder = finder;
        this.checks = checks;
    }

    CompletableFuture<Answer<TopicInfo>> putTopic(String topic, TopicSettings settings) {
        Optional<Refusal> refusal = checks.name("topic", topic);
        return refusal.isPresent()
                ? Refusals.refused(refusal.get())
                : finder.change(() -> Answer.of(info(node.topics().put(topic, settings))));
    }

    CompletableFuture<Answer<TopicInfo>> topic(String topic) {
        return finder.onTopic(topic, false, found -> CompletableFuture.completedFuture(Answer.of(info(found))));
    }

    CompletableFuture<Answer<Found<TopicInfo>>> topics(Requests.Page page) {
        return finder.look(() -> {
            node.topics().refresh();
            return Answer.of(
                    Checks.page(List.copyOf(node.topics().list()), TopicTable.Topic::name, page, TopicCalls::info));
        });
    }

    CompletableFuture<Answer<Boolean>> deleteTopic(String topic) {
        return finder.onTopic(
                topic,
                false,
                found -> finder.change(() -> {
                    boolean isDeleted = node.topics().delete(topic);
                    node.tellOfTopics();
                    node.finishLeftovers(found.id(), -1);
                    return Answer.of(isDeleted);
                }));
    }

    CompletableFuture<Answer<TopicInfo>> pauseTopic(String topic, boolean isPaused) {
        return finder.onTopic(
                topic,
                false,
                _ -> finder.change(() -> {
                    TopicTable.Topic paused = node.topics().pause(topic, isPaused);
                    node.tellOfTopics();
                    return Answer.of(info(paused));
                }));
    }

    CompletableFuture<Answer<GroupInfo>> putGroup(Requests.Where where, GroupSettings settings) {
        Optional<Refusal> refusal = checks.group(where, settings);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return finder.onTopic(
                where.topic(),
                false,
                topic -> finder.change(
                        () -> finder.makeGroup(topic, where.group(), settings).map(group -> info(where, group))));
    }

    CompletableFuture<Answer<Found<GroupInfo>>> groups(String topic, Requests.Page page) {
        return finder.onTopic(
                topic,
                false,
                found -> CompletableFuture.completedFuture(Answer.of(Checks.page(
                        List.copyOf(found.groups().values()),
                        TopicTable.Group::name,
                        page,
                        group -> info(new Requests.Where(topic, group.name()), group)))));
    }

    CompletableFuture<Answer<Boolean>> deleteGroup(Requests.Where where) {
        Optional<Refusal> refusal = checks.own(where);
        if (refusal.isPresent()) {
            return Refusals.refused(refusal.get());
        }
        return finder.onGroup(
                where,
                false,
                (topic, group) -> finder.change(() -> {
                    node.topics().deleteGroup(topic, group);
                    node.tellOfTopics();
                    node.finishLeftovers(topic.id(), group.bit());
                    return Answer.of(true);
                }));
    }

    CompletableFuture<Answer<GroupInfo>> pauseGroup(Requests.Where where, boolean isPaused) {
        return finder.onGroup(
                where,
                false,
                (topic, group) -> finder.change(() -> {
                    TopicTable.Group paused = node.topics()
                            .pauseGroup(topic, group.name(), isPaused)
                            .orElse(group);
                    node.tellOfTopics();
                    return Answer.of(info(where, paused));
                }));
    }

    private static TopicInfo info(TopicTable.Topic topic) {
        return new TopicInfo(topic.name(), topic.settings(), topic.isPaused());
    }

    private static GroupInfo info(Requests.Where where, TopicTable.Group group) {
        return new GroupInfo(where, group.settings(), group.isPaused());
    }

    CompletableFuture<Answer<Statistics>> statistics(String topic) {
        return finder.onTopic(
                topic, false, found -> finder.look(() -> Answer.of(node.looks().statistics(found, node.waits()))));
    }
}
