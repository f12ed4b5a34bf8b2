package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Statistics;
import io.carillon.base.delayqueue.Stored;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLTimeoutException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks at messages: what they are, from MySQL, and where they are, from Redis. What Redis does not say, for it is down,
 * is told as far as MySQL knows it. Any thread may call; all methods wait for the stores.
 */
final class Looks {
    /** So many wait that counting them takes longer: then it is not known. */
    private static final int COUNT_SECONDS = 2;

    private static final int LIST_ROUNDS = 20;

    private final Database database;
    private final MessageTable messages;
    private final DeadLetterTable deadLetters;
    private final Buckets buckets;
    private final BucketCounts counts;
    private final Topics topics;
    private final EngineClock clock;
    private final Listing listing;

    Looks(
            Database database,
            MessageTable messages,
            DeadLetterTable deadLetters,
            Buckets buckets,
            BucketCounts counts,
            Topics topics,
            EngineClock clock) {
        this.database = database;
        this.messages = messages;
        this.deadLetters = deadLetters;
        this.buckets = buckets;
        this.counts = counts;
        this.topics = topics;
        this.clock = clock;
        listing = new Listing(database, topics);
    }

    /** Whether a list can go on at this. */
    static boolean isToken(String text) {
        return Listing.Place.of(text).isPresent();
    }

    Optional<Stored> get(TopicTable.Topic topic, TopicTable.@Nullable Group group, long id) {
        return messages.fetch(id, true)
                .filter(content -> content.member().topic() == topic.id() && content.state() != MessageTable.DELETED)
                .map(content -> seen(List.of(content), group).getFirst());
    }

    /** These as the group sees them. */
    private List<Stored> seen(List<MessageTable.Content> contents, TopicTable.@Nullable Group group) {
        List<Member> members = new ArrayList<>();
        List<Integer> bits = new ArrayList<>();
        List<Integer> counts = new ArrayList<>();
        for (MessageTable.Content content : contents) {
            List<Integer> of = bitsOf(content, group);
            counts.add(of.size());
            of.forEach(bit -> {
                members.add(content.member());
                bits.add(bit);
            });
        }
        List<Buckets.Place> places = places(members, bits);
        Map<Long, Map<Integer, Integer>> dead = dead(contents, group);
        List<Stored> seen = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < contents.size(); i++) {
            MessageTable.Content content = contents.get(i);
            seen.add(seen(
                    new Seen(content, group, dead.getOrDefault(content.member().id(), Map.of())),
                    places.subList(at, at + counts.get(i))));
            at += counts.get(i);
        }
        return seen;
    }

    /** Of all of these that may be dead letters, how often they were tried, by id and bit; asked for once a topic. */
    private Map<Long, Map<Integer, Integer>> dead(
            List<MessageTable.Content> contents, TopicTable.@Nullable Group group) {
        Map<Integer, List<Long>> byTopic = new HashMap<>();
        contents.stream()
                .filter(content -> mayBeDead(content, group))
                .map(MessageTable.Content::member)
                .forEach(member -> byTopic.computeIfAbsent(member.topic(), _ -> new ArrayList<>())
                        .add(member.id()));
        Map<Long, Map<Integer, Integer>> dead = new HashMap<>();
        byTopic.forEach((topic, ids) -> dead.putAll(deadLetters.attempts(topic, bitsOf(topic, group), ids)));
        return dead;
    }

    private static boolean mayBeDead(MessageTable.Content content, TopicTable.@Nullable Group group) {
        return switch (content.state()) {
            case MessageTable.DEAD -> true;
            case MessageTable.FINISHED -> group != null;
            case MessageTable.WAITING -> group != null && content.isDoneFor(group.bit());
            default -> false;
        };
    }

    private List<Integer> bitsOf(MessageTable.Content content, TopicTable.@Nullable Group group) {
        List<Integer> bits = bitsOf(content.member().topic(), group);
        return bits.isEmpty() ? List.of(0) : bits;
    }

    private List<Integer> bitsOf(int topic, TopicTable.@Nullable Group group) {
        if (group != null) {
            return List.of(group.bit());
        }
        return topics.topic(topic).stream()
                .flatMap(known -> known.groups().values().stream().map(TopicTable.Group::bit))
                .toList();
    }

    private List<Buckets.Place> places(List<Member> members, List<Integer> bits) {
        try {
            return members.isEmpty() ? List.of() : buckets.where(members, bits);
        } catch (StoreFailure failure) {
            return members.stream()
                    .map(_ -> new Buckets.Place(Buckets.Place.NOWHERE, 0))
                    .toList();
        }
    }

    /** @param dead by its bit, how often each group tried it that it is a dead letter of */
    private record Seen(MessageTable.Content content, TopicTable.@Nullable Group group, Map<Integer, Integer> dead) {
        boolean isDone() {
            return group != null && content.isDoneFor(group.bit());
        }

        MessageState doneState() {
            boolean isDead = group == null ? content.state() == MessageTable.DEAD : dead.containsKey(group.bit());
            return isDead ? MessageState.DEAD : MessageState.ACKNOWLEDGED;
        }

        int deadAttempts() {
            return group == null
                    ? dead.values().stream().mapToInt(Integer::intValue).max().orElse(0)
                    : dead.getOrDefault(group.bit(), 0);
        }
    }

    private Stored seen(Seen one, List<Buckets.Place> places) {
        MessageTable.Content content = one.content();
        String name = topics.topic(content.member().topic())
                .map(TopicTable.Topic::name)
                .orElse("");
        Buckets.Place first = places.stream()
                .max((a, b) -> Integer.compare(a.is(), b.is()))
                .orElse(new Buckets.Place(Buckets.Place.NOWHERE, 0));
        MessageState state = state(one, first);
        int attempts = first.failed() + (first.is() == Buckets.Place.OUT ? 1 : 0);
        if (state == MessageState.DEAD && attempts == 0) {
            attempts = one.deadAttempts();
        }
        return Pulls.stored(name, content, state, attempts);
    }

    private MessageState state(Seen one, Buckets.Place place) {
        return switch (one.content().state()) {
            case MessageTable.CANCELLED -> MessageState.CANCELLED;
            case MessageTable.EXPIRED -> MessageState.EXPIRED;
            case MessageTable.WAITING -> one.isDone() ? one.doneState() : waitingState(one.content(), place);
            default -> one.doneState();
        };
    }

    private MessageState waitingState(MessageTable.Content content, Buckets.Place place) {
        return switch (place.is()) {
            case Buckets.Place.OUT -> MessageState.IN_FLIGHT;
            case Buckets.Place.DYING -> MessageState.DEAD;
            case Buckets.Place.WAITS ->
                content.dueMs() > clock.nowMs() || place.failed() > 0 ? MessageState.SCHEDULED : MessageState.READY;
            default -> content.dueMs() > clock.nowMs() ? MessageState.SCHEDULED : MessageState.READY;
        };
    }

    Found<Stored> list(Requests.Search search, TopicTable.@Nullable Topic topic, TopicTable.@Nullable Group group) {
        Listing.Of of = new Listing.Of(search, topic, group);
        List<Stored> found = new ArrayList<>();
        Listing.Place place = Listing.Place.of(search.page().token()).orElseThrow();
        for (int round = 0; round < LIST_ROUNDS; round++) {
            Listing.Part part = listing.after(place, of);
            List<Stored> seen =
                    seen(part.rows().stream().map(Listing.Row::content).toList(), group);
            for (int i = 0; i < seen.size(); i++) {
                if (search.state() == null || seen.get(i).state() == search.state()) {
                    found.add(seen.get(i));
                    if (found.size() == search.page().max()) {
                        return new Found<>(found, part.rows().get(i).place().text());
                    }
                }
            }
            if (part.isLast()) {
                return new Found<>(found, "");
            }
            place = part.end();
        }
        return new Found<>(found, place.text());
    }

    Found<Stored> deadLetters(TopicTable.Topic topic, TopicTable.Group group, Requests.Page page) {
        Listing.Place after = Listing.Place.of(page.token()).orElseThrow();
        List<DeadLetterTable.Row> rows = deadLetters.list(topic.id(), group.bit(), after.ms(), after.id(), page.max());
        Map<Long, MessageTable.Content> contents =
                messages.fetch(rows.stream().map(DeadLetterTable.Row::id).toList(), false);
        List<Stored> found = new ArrayList<>();
        for (DeadLetterTable.Row row : rows) {
            MessageTable.Content content = contents.get(row.id());
            if (content != null) {
                found.add(Pulls.stored(topic.name(), content, MessageState.DEAD, row.attempts()));
            }
        }
        String next = rows.size() < page.max()
                ? ""
                : new Listing.Place(rows.getLast().deadMs(), 0, rows.getLast().id()).text();
        return new Found<>(found, next);
    }

    Statistics statistics(TopicTable.Topic topic, Waits waits) {
        long[] scheduled = scheduled(topic.id());
        List<TopicTable.Group> groups = List.copyOf(topic.groups().values());
        long[][] counts = counts(topic.id(), groups);
        List<Statistics.OfGroup> ofGroups = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            TopicTable.Group group = groups.get(i);
            ofGroups.add(new Statistics.OfGroup(
                    group.name(),
                    counts[i][0],
                    counts[i][1],
                    deadLetters.count(topic.id(), group.bit()),
                    waits.waiting(topic.id(), group.bit())));
        }
        return new Statistics(topic.name(), scheduled[0], scheduled[1], ofGroups);
    }

    private long[][] counts(int topic, List<TopicTable.Group> groups) {
        try {
            return counts.count(
                    topic, groups.stream().map(TopicTable.Group::bit).toList());
        } catch (StoreFailure failure) {
            long[][] unknown = new long[groups.size()][2];
            for (long[] one : unknown) {
                java.util.Arrays.fill(one, -1);
            }
            return unknown;
        }
    }

    /** How many wait until they are due, and until when the first one does; from the index alone. */
    private long[] scheduled(int topic) {
        return database.run("count what waits", connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT COUNT(*), COALESCE(MIN(due_ms), 0) FROM dq_message WHERE state = 0 AND due_ms > ?"
                            + " AND SUBSTRING(tail, 1, 4) = ?")) {
                select.setQueryTimeout(COUNT_SECONDS);
                select.setLong(1, clock.nowMs());
                select.setBytes(2, java.nio.ByteBuffer.allocate(4).putInt(topic).array());
                try (ResultSet rows = select.executeQuery()) {
                    rows.next();
                    return new long[] {rows.getLong(1), rows.getLong(2)};
                }
            } catch (SQLTimeoutException _) {
                return new long[] {-1, 0};
            }
        });
    }
}
