package io.carillon.delayqueue;

import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.Requests;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the messages of a list, some at a time, in the order of their due times, and always along an index, so that a table
 * of a hundred million rows answers as one of a thousand does:
 *
 * <ul>
 *   <li>with a key: by {@code dq_named};
 *   <li>of a topic, in any state or acknowledged: by {@code k_topic};
 *   <li>dead for a group: by {@code dq_dead};
 *   <li>else by {@code k_due}, each state that rows have for itself, and of a topic by what {@code tail} begins with, which
 *       is in that index, too.
 * </ul>
 */
final class Listing {
    /** So many rows are read at a time. */
    private static final int CHUNK = 500;
    /** So many entries of {@code k_due} are, where most may be of other topics. */
    private static final int ENTRIES = 20_000;

    private static final String COLUMNS =
            "m.id, m.state, m.done, m.due_ms, m.sent_ms, m.expire_ms, m.tail, m.props, LENGTH(m.body)";
    private static final String IN_TIME =
            " AND m.due_ms >= ? AND m.due_ms < ? AND (m.due_ms > ? OR (m.due_ms = ? AND m.id > ?))"
                    + " ORDER BY m.due_ms, m.id LIMIT " + CHUNK;

    private final Database database;
    private final Topics topics;

    Listing(Database database, Topics topics) {
        this.database = database;
        this.topics = topics;
    }

    /** What is asked for, with the topic and the group as they are known. */
    record Of(Requests.Search search, TopicTable.@Nullable Topic topic, TopicTable.@Nullable Group group) {}

    /** A place in a list: after this due time, and of those with the same one after this tail, then this id. */
    record Place(long ms, long tail, long id) {
        static final Place START = new Place(Long.MIN_VALUE, 0, Long.MIN_VALUE);

        private static final Comparator<Place> ORDER = Comparator.comparingLong(Place::ms)
                .thenComparing(Place::tail, Long::compareUnsigned)
                .thenComparingLong(Place::id);

        /** None when this is no text of one. */
        static Optional<Place> of(String text) {
            if (text.isEmpty()) {
                return Optional.of(START);
            }
            if (!text.matches("-?[0-9a-z]{1,13}\\.-?[0-9a-z]{1,13}(\\.[0-9a-z]{1,13})?")) {
                return Optional.empty();
            }
            String[] parts = text.split("\\.", -1);
            try {
                return Optional.of(new Place(
                        Long.parseLong(parts[0], 36),
                        parts.length == 3 ? Long.parseUnsignedLong(parts[2], 36) : 0,
                        Long.parseLong(parts[1], 36)));
            } catch (NumberFormatException _) { // it is beyond all numbers
                return Optional.empty();
            }
        }

        String text() {
            return Long.toString(ms, 36) + "." + Long.toString(id, 36)
                    + (tail == 0 ? "" : "." + Long.toUnsignedString(tail, 36));
        }
    }

    /** A message, and the place that it has in the list. */
    record Row(MessageTable.Content content, Place place) {}

    /**
     * A part of a list.
     *
     * @param end the place after which it goes on
     * @param isLast whether there is nothing after that
     */
    record Part(List<Row> rows, Place end, boolean isLast) {}

    /** What comes after a place, as far as one look goes; it may be nothing although more comes. */
    Part after(Place place, Of of) {
        if (!of.search().key().isEmpty()) {
            return byKey(place, of);
        }
        TopicTable.Topic topic = of.topic();
        MessageState state = of.search().state();
        if (topic != null && (state == null || state == MessageState.ACKNOWLEDGED)) {
            return rows(
                    place,
                    of,
                    "SELECT " + COLUMNS + " FROM dq_message m FORCE INDEX (k_topic) WHERE m.topic_id = " + topic.id()
                            + IN_TIME);
        }
        TopicTable.Group group = of.group();
        if (topic != null && group != null && state == MessageState.DEAD) {
            return rows(
                    place,
                    of,
                    "SELECT " + COLUMNS
                            + " FROM dq_dead d STRAIGHT_JOIN dq_message m ON m.id = d.id AND m.pday = d.pday WHERE d.topic_id = "
                            + topic.id() + " AND d.bit = " + group.bit() + IN_TIME);
        }
        return byState(place, of);
    }

    private Part byKey(Place place, Of of) {
        TopicTable.Topic only = of.topic();
        String ids = Numbers.list((only != null ? List.of(only) : topics.list())
                .stream().map(TopicTable.Topic::id).toList());
        if (ids.isEmpty()) {
            return new Part(List.of(), place, true);
        }
        return rows(
                place,
                of,
                "SELECT " + COLUMNS
                        + " FROM dq_named n STRAIGHT_JOIN dq_message m ON m.id = n.id AND m.pday = n.pday WHERE n.topic_id IN ("
                        + ids + ") AND n.msg_key = ?" + IN_TIME);
    }

    private Part rows(Place place, Of of, String sql) {
        return database.run("list messages", connection -> {
            List<Row> rows = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                int at = 1;
                if (!of.search().key().isEmpty()) {
                    select.setBytes(at++, of.search().key().getBytes(StandardCharsets.UTF_8));
                }
                select.setLong(at++, Math.max(of.search().fromMs(), place.ms()));
                select.setLong(at++, of.search().toMs());
                select.setLong(at++, place.ms());
                select.setLong(at++, place.ms());
                select.setLong(at, place.id());
                try (ResultSet found = select.executeQuery()) {
                    while (found.next()) {
                        MessageTable.Content content = MessageTable.content(found, false);
                        rows.add(new Row(
                                content,
                                new Place(content.dueMs(), 0, content.member().id())));
                    }
                }
            }
            List<Integer> wanted = states(of.search().state());
            return new Part(
                    rows.stream()
                            .filter(row -> wanted.contains(row.content().state()))
                            .toList(),
                    rows.isEmpty() ? place : rows.getLast().place(),
                    rows.size() < CHUNK);
        });
    }

    private static List<Integer> states(@Nullable MessageState state) {
        if (state == null) {
            return List.of(
                    MessageTable.WAITING,
                    MessageTable.FINISHED,
                    MessageTable.CANCELLED,
                    MessageTable.DEAD,
                    MessageTable.EXPIRED);
        }
        return switch (state) {
            case SCHEDULED, READY, IN_FLIGHT, DELIVERED -> List.of(MessageTable.WAITING);
            case ACKNOWLEDGED, DEAD -> List.of(MessageTable.WAITING, MessageTable.FINISHED, MessageTable.DEAD);
            case CANCELLED -> List.of(MessageTable.CANCELLED);
            case EXPIRED -> List.of(MessageTable.EXPIRED);
        };
    }

    // ---- along k_due

    private Part byState(Place place, Of of) {
        return database.run("list messages", connection -> {
            TopicTable.Topic topic = of.topic();
            int most = topic == null ? CHUNK : ENTRIES;
            List<DueIndex.Entry> entries = new ArrayList<>();
            DueIndex.Span span =
                    new DueIndex.Span(place, of.search().fromMs(), of.search().toMs());
            for (int state : states(of.search().state())) {
                entries.addAll(DueIndex.entries(connection, state, span, most));
            }
            entries.sort(Comparator.comparing(DueIndex.Entry::place, Place.ORDER));
            List<DueIndex.Entry> looked = entries.subList(0, Math.min(most, entries.size()));
            List<DueIndex.Entry> wanted = looked.stream()
                    .filter(entry -> topic == null || entry.topic() == topic.id())
                    .limit(CHUNK)
                    .toList();
            boolean isCut = wanted.size() == CHUNK;
            Place end = isCut
                    ? wanted.getLast().place()
                    : looked.isEmpty() ? place : looked.getLast().place();
            return new Part(read(connection, wanted), end, !isCut && entries.size() < most);
        });
    }

    private static List<Row> read(Connection connection, List<DueIndex.Entry> entries) throws SQLException {
        if (entries.isEmpty()) {
            return List.of();
        }
        Map<Long, MessageTable.Content> found = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT " + COLUMNS
                        + " FROM dq_message m FORCE INDEX (PRIMARY) WHERE " + DueIndex.in(entries));
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                MessageTable.Content content = MessageTable.content(rows, false);
                found.put(content.member().id(), content);
            }
        }
        List<Row> inOrder = new ArrayList<>();
        for (DueIndex.Entry entry : entries) {
            MessageTable.Content content = found.get(entry.place().id());
            if (content != null) {
                inOrder.add(new Row(content, entry.place()));
            }
        }
        return inOrder;
    }
}
