package io.carillon.rocketmq;

import static io.carillon.rocketmq.Permissions.optional;

import io.carillon.broker.access.Action;
import io.carillon.broker.access.ResourceType;
import io.carillon.remoting.Request;
import io.carillon.rocketmq.Permissions.Draft;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The forms that most permissions have: a topic, a group, both, or the cluster, named by header fields. */
final class Rights {
    static final Set<Action> PUB = EnumSet.of(Action.PUB);
    static final Set<Action> SUB = EnumSet.of(Action.SUB);
    static final Set<Action> GET = EnumSet.of(Action.GET);
    static final Set<Action> LIST = EnumSet.of(Action.GET, Action.LIST);
    static final Set<Action> CREATE = EnumSet.of(Action.CREATE);
    static final Set<Action> UPDATE = EnumSet.of(Action.UPDATE);
    static final Set<Action> DELETE = EnumSet.of(Action.DELETE);
    static final Set<Action> READ = EnumSet.of(Action.SUB, Action.GET);
    static final Set<Action> PROGRESS = EnumSet.of(Action.SUB, Action.UPDATE);
    static final Set<Action> ROUTE = EnumSet.of(Action.PUB, Action.SUB, Action.GET);

    private Rights() {}

    /** Whoever has shown who he is. */
    static Permission signedIn(Draft draft) {
        return draft.needsByBody("any user", (_, _) -> List.of());
    }

    static Permission cluster(Draft draft, Set<Action> anyOf) {
        return draft.needsByBody("Cluster: " + words(anyOf), (_, cluster) -> List.of(ofCluster(cluster, anyOf)));
    }

    static Wanted ofCluster(String cluster, Set<Action> anyOf) {
        return new Wanted(ResourceType.CLUSTER, cluster, anyOf);
    }

    static Permission topic(Draft draft, String field, Set<Action> anyOf) {
        return draft.needs(
                "Topic in " + field + ": " + words(anyOf),
                List.of(field),
                (request, _) -> List.of(Wanted.topicOrItsGroup(request.required(field), anyOf, anyOf)));
    }

    static Permission group(Draft draft, String field, Set<Action> anyOf) {
        return draft.needs(
                "Group in " + field + ": " + words(anyOf),
                List.of(field),
                (request, _) -> List.of(Wanted.group(request.required(field), anyOf)));
    }

    /** A group, and a topic unless that holds the group's own retries; a topic may be left out where it is optional. */
    static Permission both(Draft draft, String groupField, String topicField, Set<Action> anyOf) {
        return draft.needs(
                "Topic in " + topicField + " and Group in " + groupField + ": " + words(anyOf),
                List.of(groupField, topicField),
                (request, _) -> of(request.required(groupField), request.required(topicField), anyOf));
    }

    /** As {@link #both}, but a request may be about all topics of the group. */
    static Permission groupAndMaybeTopic(Draft draft, String groupField, String topicField, Set<Action> anyOf) {
        return draft.needs(
                "Group in " + groupField + ", and Topic in " + topicField + " if it is there: " + words(anyOf),
                List.of(groupField, topicField),
                (request, _) -> of(request.required(groupField), optional(request, topicField), anyOf));
    }

    /** As {@link #both}, but a request may be about no group in particular. */
    static Permission topicAndMaybeGroup(Draft draft, String topicField, String groupField, Set<Action> anyOf) {
        return draft.needs(
                "Topic in " + topicField + ", and Group in " + groupField + " if it is there: " + words(anyOf),
                List.of(topicField, groupField),
                (request, _) -> of(optional(request, groupField), request.required(topicField), anyOf));
    }

    /** As {@link #both}, for what consumers do to their own popped messages: these may come from a retry topic. */
    static Permission popped(Draft draft, String groupField, String topicField) {
        return draft.needs(
                "Topic in " + topicField + " and Group in " + groupField + ": Sub",
                List.of(groupField, topicField),
                (request, _) -> popped(request.required(groupField), request.required(topicField)));
    }

    static List<Wanted> popped(String group, String topic) {
        String origin = Wanted.poppedTopic(topic, group);
        return of(group, origin == null ? topic : origin, SUB);
    }

    /** @param group or topic empty when the request is about none */
    static List<Wanted> of(String group, String topic, Set<Action> anyOf) {
        List<Wanted> wanted = new ArrayList<>(2);
        if (!group.isEmpty()) {
            wanted.add(Wanted.group(group, anyOf));
        }
        if (!topic.isEmpty() && (group.isEmpty() || !Wanted.isOf(topic, group))) {
            wanted.add(Wanted.topicOrItsGroup(topic, anyOf, anyOf));
        }
        return wanted;
    }

    /** Such as {@code Sub or Get}. */
    static String words(Set<Action> anyOf) {
        return anyOf.stream().map(Action::text).collect(Collectors.joining(" or "));
    }

    /** The value of a field that is asked for twice. */
    static boolean has(Request request, String field) {
        return !optional(request, field).isEmpty();
    }
}
