package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.GroupInfo;
import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.Refusal.Missing;
import io.carillon.base.delayqueue.Refusal.OverLimit;
import io.carillon.base.delayqueue.Refusal.Unavailable;
import io.carillon.base.delayqueue.Requests.Page;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.TopicInfo;
import io.carillon.base.delayqueue.TopicSettings;
import io.carillon.broker.metadata.Change;
import io.carillon.broker.metadata.TopicState;
import io.carillon.broker.metadata.Topics;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.Topic;
import io.carillon.schedule.OrderDone;
import io.carillon.schedule.Outcome;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Makes, changes and lists topics and groups: the broker's own. Any thread. */
final class TopicsAndGroups {
    private final Parts parts;
    private final Names names;

    TopicsAndGroups(Parts parts, Names names) {
        this.parts = parts;
        this.names = names;
    }

    // ---- topics

    CompletableFuture<Answer<TopicInfo>> putTopic(String name, TopicSettings settings) {
        if (settings.partitions() > Topics.QUEUES_MAX) {
            return CompletableFuture.completedFuture(
                    Answer.refused(new OverLimit("partitions_max", Topics.QUEUES_MAX, settings.partitions())));
        }
        Topic before = parts.topic(name);
        int asked = settings.partitions();
        int now = before == null ? parts.config().get().autoCreateQueues() : before.writeQueues();
        int queues = asked == 0 ? now : asked;
        if (before != null && before.writeQueues() == queues && before.readQueues() == queues) {
            return CompletableFuture.completedFuture(topic(name));
        }
        Topic made = before == null
                ? Topic.of(name, queues)
                : new Topic(
                        name,
                        queues,
                        queues,
                        before.permissions(),
                        before.filterType(),
                        before.systemFlag(),
                        before.ordered(),
                        before.attributes());
        return changed(change -> parts.topics().put(made, change), () -> topic(name));
    }

    private interface Changing {
        void begin(Change change);
    }

    private <T> CompletableFuture<Answer<T>> changed(Changing changing, Supplier<Answer<T>> then) {
        CompletableFuture<Answer<T>> told = new CompletableFuture<>();
        changing.begin(refusal -> {
            try {
                told.complete(refusal == null ? then.get() : Answer.refused(Refusals.of(refusal)));
            } catch (RuntimeException e) {
                told.completeExceptionally(e);
            }
        });
        return told;
    }

    Answer<TopicInfo> topic(String name) {
        Topic topic = parts.topic(name);
        return topic == null ? noTopic(name) : Answer.of(info(topic));
    }

    static <T> Answer<T> noTopic(String name) {
        return Answer.refused(new Missing(Missing.What.TOPIC, name));
    }

    private TopicInfo info(Topic topic) {
        boolean isPaused = parts.scheduler().paused().contains(topic.name());
        return new TopicInfo(topic.name(), new TopicSettings(topic.writeQueues()), isPaused);
    }

    Answer<Found<TopicInfo>> topics(Page page) {
        List<String> all = parts.topics().all().stream()
                .map(TopicState::config)
                .map(Topic::name)
                .filter(this::isListed)
                .toList();
        return Answer.of(page(all, page, name -> {
            Topic topic = parts.topic(name);
            return topic == null ? new TopicInfo(name, TopicSettings.DEFAULT, false) : info(topic);
        }));
    }

    /** Whether this is a topic of the delay queue, and not one of the system's own. */
    boolean isListed(String topic) {
        return names.faultOfTopic(topic) == null;
    }

    /** The token of a page is the last name of the one before. */
    private static <T> Found<T> page(Collection<String> all, Page page, Function<String, T> item) {
        List<T> items = new ArrayList<>();
        String last = "";
        for (String name : new TreeSet<>(all).tailSet(page.token(), page.token().isEmpty())) {
            if (items.size() == page.max()) {
                return new Found<>(items, last);
            }
            items.add(item.apply(name));
            last = name;
        }
        return new Found<>(items, "");
    }

    CompletableFuture<Answer<Boolean>> deleteTopic(String name) {
        if (parts.topic(name) == null) {
            return CompletableFuture.completedFuture(Answer.of(false));
        }
        return changed(change -> parts.topics().delete(name, change), () -> Answer.of(true));
    }

    CompletableFuture<Answer<TopicInfo>> pauseTopic(String name, boolean isPaused) {
        if (parts.topic(name) == null) {
            return CompletableFuture.completedFuture(noTopic(name));
        }
        CompletableFuture<Answer<TopicInfo>> told = new CompletableFuture<>();
        OrderDone done = outcome -> told.complete(
                outcome == Outcome.DONE
                        ? topic(name)
                        : Answer.refused(
                                new Unavailable("log", "the log takes nothing now: all stays as it was", 1_000)));
        if (isPaused) {
            parts.scheduler().pause(name, done);
        } else {
            parts.scheduler().resume(name, done);
        }
        return told;
    }

    // ---- groups

    CompletableFuture<Answer<GroupInfo>> putGroup(Where where, GroupSettings settings) {
        if (parts.topic(where.topic()) == null) {
            return CompletableFuture.completedFuture(noTopic(where.topic()));
        }
        ConsumerGroup found = parts.groups().find(where.group());
        ConsumerGroup before = found == null ? ConsumerGroup.of(where.group()) : found;
        return put(where, GroupForm.with(before, settings));
    }

    private CompletableFuture<Answer<GroupInfo>> put(Where where, ConsumerGroup group) {
        return changed(change -> parts.groups().put(group, change), () -> Answer.of(GroupForm.info(where, group)));
    }

    Answer<Found<GroupInfo>> groups(String topic, Page page) {
        if (parts.topic(topic) == null) {
            return noTopic(topic);
        }
        return Answer.of(page(namesOf(topic), page, name -> {
            ConsumerGroup group = parts.groups().find(name);
            return GroupForm.info(new Where(topic, name), group == null ? ConsumerGroup.of(name) : group);
        }));
    }

    /** The groups that consume a topic, in whichever way. */
    Collection<String> namesOf(String topic) {
        TreeSet<String> all = new TreeSet<>(parts.pop().groupsOf(topic));
        all.addAll(parts.admin().groupsOn(topic));
        all.removeIf(name -> names.faultOfGroup(name) != null);
        return all;
    }

    /** What else than this topic a group of the broker consumes, in whichever way, or has consumed. */
    Collection<String> otherTopics(Where where) {
        TreeSet<String> all = new TreeSet<>(parts.pop().topicsOf(where.group()));
        all.addAll(parts.admin().everyTopicOf(where.group()));
        all.removeIf(topic -> topic.equals(where.topic()) || !isListed(topic));
        return all;
    }

    CompletableFuture<Answer<Boolean>> deleteGroup(Where where) {
        if (parts.groups().find(where.group()) == null) {
            return CompletableFuture.completedFuture(Answer.of(false));
        }
        return changed(change -> parts.groups().delete(where.group(), true, change), () -> Answer.of(true));
    }

    CompletableFuture<Answer<GroupInfo>> pauseGroup(Where where, boolean isPaused) {
        ConsumerGroup group = parts.groups().find(where.group());
        return group == null
                ? CompletableFuture.completedFuture(Answer.refused(new Missing(Missing.What.GROUP, where.group())))
                : put(where, GroupForm.paused(group, isPaused));
    }
}
