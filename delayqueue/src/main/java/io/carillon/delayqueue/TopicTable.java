package io.carillon.delayqueue;

import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.RetryPolicy;
import io.carillon.base.delayqueue.TopicSettings;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * {@code dq_topic} and {@code dq_group}. Every change raises the number {@code version} in the same transaction, by which
 * nodes see that what they know is old.
 */
final class TopicTable {
    static final int GROUPS_MAX = 62;
    /** What the scripts are told of a topic that is no more. */
    private static final String DELETED = "-";

    /** A group is for whatever is not finished when it is made, however long it has been due. */
    private static final long FROM_ALL = 0;

    /** A topic and its groups by name. */
    record Topic(int id, String name, TopicSettings settings, boolean isPaused, Map<String, Group> groups) {
        /** What the scripts are told of the groups. */
        String groupsText() {
            StringBuilder text = new StringBuilder();
            for (Group group : groups.values()) {
                RetryPolicy retry = group.settings().retry();
                int attempts = (retry == null ? RetryPolicy.DEFAULT : retry).attemptsMax();
                text.append(text.isEmpty() ? "" : ";")
                        .append(group.bit())
                        .append(':')
                        .append(group.fromMs())
                        .append(':')
                        .append(attempts);
            }
            return text.toString();
        }
    }

    /**
     * @param bit which of a message's bits says that this group is done with it
     * @param fromMs it gets what is due at this time or later
     */
    record Group(int bit, String name, long fromMs, boolean isPaused, GroupSettings settings) {}

    /**
     * All topics by name, as of a version.
     *
     * @param deleted those that left something
     */
    record All(long version, Map<String, Topic> topics, Set<Integer> deleted) {
        /** What the scripts are told of a topic that there is or was. */
        String groupsText(int topic) {
            return topics.values().stream()
                    .filter(one -> one.id() == topic)
                    .findFirst()
                    .map(Topic::groupsText)
                    .orElse(DELETED);
        }

        /** The same of each. */
        Map<Integer, String> groupTexts() {
            Map<Integer, String> texts = new HashMap<>();
            deleted.forEach(topic -> texts.put(topic, DELETED));
            topics.values().forEach(topic -> texts.put(topic.id(), topic.groupsText()));
            return texts;
        }
    }

    private final Database database;

    TopicTable(Database database) {
        this.database = database;
    }

    long version() {
        return database.run("read the version", connection -> Serials.value(connection, "version"));
    }

    All read() {
        return database.inTransaction("read topics", connection -> {
            // The version first: what changes meanwhile is read again, not missed.
            long version = Serials.value(connection, "version");
            Map<Integer, Map<String, Group>> groups = groups(connection);
            Map<String, Topic> topics = new TreeMap<>();
            try (PreparedStatement select =
                            connection.prepareStatement("SELECT topic_id, name, partitions, paused FROM dq_topic");
                    ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    String name = new String(rows.getBytes(2), StandardCharsets.UTF_8);
                    topics.put(
                            name,
                            new Topic(
                                    rows.getInt(1),
                                    name,
                                    new TopicSettings(rows.getInt(3)),
                                    rows.getInt(4) != 0,
                                    groups.getOrDefault(rows.getInt(1), Map.of())));
                }
            }
            return new All(version, topics, deleted(connection));
        });
    }

    private static Set<Integer> deleted(Connection connection) throws SQLException {
        Set<Integer> deleted = new HashSet<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT topic_id FROM dq_leftover WHERE bit = -1");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                deleted.add(rows.getInt(1));
            }
        }
        return deleted;
    }

    private static Map<Integer, Map<String, Group>> groups(Connection connection) throws SQLException {
        Map<Integer, Map<String, Group>> groups = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT topic_id, bit, name, from_ms, paused, visibility_ms, retry FROM dq_group");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                String name = new String(rows.getBytes(3), StandardCharsets.UTF_8);
                groups.computeIfAbsent(rows.getInt(1), _ -> new TreeMap<>())
                        .put(
                                name,
                                new Group(
                                        rows.getInt(2),
                                        name,
                                        rows.getLong(4),
                                        rows.getInt(5) != 0,
                                        new GroupSettings(rows.getLong(6), Retries.decode(rows.getBytes(7)))));
            }
        }
        return groups;
    }

    void put(String topic, TopicSettings settings) {
        change("put a topic", connection -> {
            update(
                    connection,
                    "INSERT INTO dq_topic (name, partitions) VALUES (?, ?) ON DUPLICATE KEY UPDATE partitions = ?",
                    utf8(topic),
                    settings.partitions(),
                    settings.partitions());
            return true;
        });
    }

    boolean pause(String topic, boolean isPaused) {
        return change(
                "pause a topic",
                connection -> update(
                                connection,
                                "UPDATE dq_topic SET paused = ? WHERE name = ?",
                                isPaused ? 1 : 0,
                                utf8(topic))
                        >= 0);
    }

    /**
     * Makes a group or changes its settings. It gets all that is not finished yet: what waits, and what other groups are
     * not done with.
     *
     * @return whether there is room for it
     */
    boolean putGroup(int topic, String group, GroupSettings settings) {
        return change("put a group", connection -> {
            long bits = bits(connection, topic);
            byte[] retry = Retries.encode(settings.retry());
            if (update(
                                    connection,
                                    "UPDATE dq_group SET visibility_ms = ?, retry = ? WHERE topic_id = ? AND name = ?",
                                    settings.visibilityMs(),
                                    retry,
                                    topic,
                                    utf8(group))
                            > 0
                    || exists(connection, topic, group)) {
                return true;
            }
            int bit = Long.numberOfTrailingZeros(~bits);
            if (bit >= GROUPS_MAX) {
                return false;
            }
            update(
                    connection,
                    "INSERT INTO dq_group (topic_id, bit, mask, name, from_ms, visibility_ms, retry)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    topic,
                    bit,
                    1L << bit,
                    utf8(group),
                    FROM_ALL,
                    settings.visibilityMs(),
                    retry);
            return true;
        });
    }

    /** The bits of a topic's groups, and of those that left something; whoever changes groups has the version's row, so nobody else does now. */
    private static long bits(Connection connection, int topic) throws SQLException {
        return Migrations.number(connection, "SELECT COALESCE(SUM(mask), 0) FROM dq_group WHERE topic_id = " + topic)
                | Migrations.number(
                        connection,
                        "SELECT COALESCE(BIT_OR(1 << bit), 0) FROM dq_leftover WHERE bit >= 0 AND topic_id = " + topic);
    }

    private static boolean exists(Connection connection, int topic, String group) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT 1 FROM dq_group WHERE topic_id = ? AND name = ?")) {
            select.setInt(1, topic);
            select.setBytes(2, utf8(group));
            try (ResultSet rows = select.executeQuery()) {
                return rows.next();
            }
        }
    }

    boolean pauseGroup(int topic, String group, boolean isPaused) {
        return change(
                "pause a group",
                connection -> update(
                                connection,
                                "UPDATE dq_group SET paused = ? WHERE topic_id = ? AND name = ?",
                                isPaused ? 1 : 0,
                                topic,
                                utf8(group))
                        >= 0);
    }

    /** What there may be much of goes later, see {@link LeftoverTable}: no topic gets this one's id again. */
    Optional<Leftovers.Of> delete(String topic) {
        return change("delete a topic", connection -> {
            Optional<Integer> id = topicId(connection, topic);
            if (id.isEmpty()) {
                return Optional.empty();
            }
            update(connection, "DELETE FROM dq_group WHERE topic_id = ?", id.get());
            update(connection, "DELETE FROM dq_topic WHERE topic_id = ?", id.get());
            Leftovers.Of left = new Leftovers.Of(id.get(), -1);
            LeftoverTable.note(connection, left);
            return Optional.of(left);
        });
    }

    private static Optional<Integer> topicId(Connection connection, String topic) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT topic_id FROM dq_topic WHERE name = ?")) {
            select.setBytes(1, utf8(topic));
            try (ResultSet rows = select.executeQuery()) {
                return rows.next() ? Optional.of(rows.getInt(1)) : Optional.empty();
            }
        }
    }

    /** What there may be much of goes later, see {@link LeftoverTable}: until then no group gets this one's bit. */
    void deleteGroup(int topic, int bit) {
        change("delete a group", connection -> {
            update(connection, "DELETE FROM dq_group WHERE topic_id = ? AND bit = ?", topic, bit);
            LeftoverTable.note(connection, new Leftovers.Of(topic, bit));
            return true;
        });
    }

    private <T> T change(String doing, Database.Work<T> work) {
        return database.inTransaction(doing, connection -> {
            update(connection, "UPDATE dq_number SET value = value + 1 WHERE name = ?", "version");
            return work.on(connection);
        });
    }

    static int update(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                update.setObject(i + 1, values[i]);
            }
            return update.executeUpdate();
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
