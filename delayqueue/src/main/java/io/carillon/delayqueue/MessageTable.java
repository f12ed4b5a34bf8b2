package io.carillon.delayqueue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** {@code dq_message}: content and state of every message. Any thread may call; all methods wait for MySQL. */
final class MessageTable {
    static final int WAITING = 0;
    static final int FINISHED = 2;
    static final int CANCELLED = 3;
    static final int DEAD = 4;
    static final int EXPIRED = 5;
    static final int DELETED = 6;

    private static final int DUPLICATE = 1062;

    /** A row as it is stored first. */
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    record Row(Member member, long dueMs, long sentMs, long expireMs, byte[] props, byte[] body) {
        int bytes() {
            return 100 + props.length + body.length;
        }
    }

    /** A row as it is found. */
    @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
    record Content(
            Member member,
            int state,
            long done,
            long dueMs,
            long sentMs,
            long expireMs,
            Props props,
            int bodyBytes,
            byte[] body) {
        boolean isDoneFor(int bit) {
            return (done & 1L << bit) != 0;
        }
    }

    /**
     * Where a message belongs in the order.
     *
     * @param done a bit for each group that is known to be done with it, and gets it no more
     */
    record Due(Member member, long dueMs, long done) {
        Due(Member member, long dueMs) {
            this(member, dueMs, 0);
        }
    }

    private static final String COLUMNS = "id, state, done, due_ms, sent_ms, expire_ms, tail, props, ";
    private static final String INSERT =
            "INSERT INTO dq_message (id, pday, topic_id, due_ms, sent_ms, expire_ms, tail, props, body) VALUES ";
    private static final String ROW = "(?,?,?,?,?,?,?,?,?)";
    /** Whether a group of the topic that this message is for is not done with it. The bit is set before. */
    private static final String IS_WANTED =
            "EXISTS (SELECT 1 FROM dq_group g WHERE g.topic_id = dq_message.topic_id AND"
                    + " g.from_ms <= dq_message.due_ms AND (g.mask & (dq_message.done | ?)) = 0)";

    private static final byte[] NO_BODY = {};

    private final Database database;

    MessageTable(Database database) {
        this.database = database;
    }

    /**
     * Inserts rows; a row that is there already, by an earlier try with a lost answer, stays. MariaDB gets the values of
     * all rows beside one statement, as they are: nothing is escaped here and parsed there, which is most of the work
     * otherwise. MySQL gets one statement with all values in it.
     */
    static void insert(Connection connection, List<Row> rows) throws SQLException {
        if (rows.size() == 1 || !Database.isMariaDb(connection)) {
            insertText(connection, rows);
            return;
        }
        try {
            insertBulk(connection, rows);
        } catch (SQLException failure) {
            if (failure.getErrorCode() != DUPLICATE) {
                throw failure;
            }
            insertText(connection, rows);
        }
    }

    private static void insertBulk(Connection connection, List<Row> rows) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT + ROW)) {
            for (Row row : rows) {
                bind(insert, 1, row);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static void insertText(Connection connection, List<Row> rows) throws SQLException {
        StringBuilder sql = new StringBuilder(INSERT.length() + rows.size() * (ROW.length() + 1) + 40).append(INSERT);
        for (int i = 0; i < rows.size(); i++) {
            sql.append(i == 0 ? "" : ",").append(ROW);
        }
        try (PreparedStatement insert = connection.prepareStatement(
                sql.append(" ON DUPLICATE KEY UPDATE id = id").toString())) {
            int at = 1;
            for (Row row : rows) {
                at = bind(insert, at, row);
            }
            insert.executeUpdate();
        }
    }

    private static int bind(PreparedStatement insert, int first, Row row) throws SQLException {
        long id = row.member().id();
        int at = first;
        insert.setLong(at++, id);
        insert.setInt(at++, MessageId.day(id));
        insert.setInt(at++, row.member().topic());
        insert.setLong(at++, row.dueMs());
        insert.setLong(at++, row.sentMs());
        insert.setLong(at++, row.expireMs());
        insert.setBytes(at++, row.member().tail());
        insert.setBytes(at++, row.props());
        insert.setBytes(at++, row.body());
        return at;
    }

    /** These messages, as far as there are rows of them. */
    Map<Long, Content> fetch(Collection<Long> ids, boolean withBody) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return database.run("read messages", connection -> {
            Map<Long, Content> found = HashMap.newHashMap(ids.size());
            fetch(connection, ids, withBody, true, found);
            if (found.size() < ids.size()) {
                // One that was rescheduled beyond its day lies in another partition than its id says.
                fetch(
                        connection,
                        ids.stream().filter(id -> !found.containsKey(id)).toList(),
                        withBody,
                        false,
                        found);
            }
            return found;
        });
    }

    Optional<Content> fetch(long id, boolean withBody) {
        return Optional.ofNullable(fetch(List.of(id), withBody).get(id));
    }

    private static void fetch(
            Connection connection, Collection<Long> ids, boolean withBody, boolean byDay, Map<Long, Content> to)
            throws SQLException {
        String sql = "SELECT " + COLUMNS + (withBody ? "body" : "LENGTH(body)") + " FROM dq_message WHERE "
                + Numbers.in(ids, byDay);
        try (PreparedStatement select = connection.prepareStatement(sql);
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                Content content = content(rows, withBody);
                to.put(content.member().id(), content);
            }
        }
    }

    static Content content(ResultSet rows, boolean withBody) throws SQLException {
        byte[] body = withBody ? rows.getBytes(9) : NO_BODY;
        return new Content(
                Member.of(rows.getLong(1), rows.getBytes(7)),
                rows.getInt(2),
                rows.getLong(3),
                rows.getLong(4),
                rows.getLong(5),
                rows.getLong(6),
                Props.decode(rows.getBytes(8)),
                withBody ? body.length : rows.getInt(9),
                body);
    }

    /**
     * Notes that a group is done with these messages, and finishes those that no other group wants: the second and last
     * write of a message with one group.
     *
     * @param finished the state of a message that no group wants any more
     * @return how many were not done with before
     */
    int finish(Collection<Long> ids, int bit, int finished) {
        return database.run("finish messages", connection -> finish(connection, ids, bit, finished));
    }

    static int finish(Connection connection, Collection<Long> ids, int bit, int finished) throws SQLException {
        int changed = finish(connection, ids, bit, finished, true);
        return changed == ids.size() ? changed : changed + finish(connection, ids, bit, finished, false);
    }

    private static int finish(Connection connection, Collection<Long> ids, int bit, int finished, boolean byDay)
            throws SQLException {
        String sql = "UPDATE dq_message FORCE INDEX (PRIMARY) SET state = IF(" + IS_WANTED
                + ", 0, ?), done = done | ? WHERE " + Numbers.in(ids, byDay) + " AND state = 0 AND (done & ?) = 0";
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            long mask = 1L << bit;
            update.setLong(1, mask);
            update.setInt(2, finished);
            update.setLong(3, mask);
            update.setLong(4, mask);
            return update.executeUpdate();
        }
    }

    /** Gives messages that wait another state for all groups; how many that were. */
    int setState(Collection<Long> ids, int from, int to) {
        return database.run("change messages", connection -> {
            try (PreparedStatement update =
                    connection.prepareStatement("UPDATE dq_message FORCE INDEX (PRIMARY) SET state = ? WHERE "
                            + Numbers.in(ids, false) + " AND state = ?")) {
                update.setInt(1, to);
                update.setInt(2, from);
                return update.executeUpdate();
            }
        });
    }

    /** Cancels a message that no group is done with; whether it was one. */
    boolean cancel(long id) {
        return database.run("cancel a message", connection -> {
            try (PreparedStatement update =
                    connection.prepareStatement("UPDATE dq_message FORCE INDEX (PRIMARY) SET state = 3 WHERE "
                            + Numbers.in(List.of(id), false) + " AND state = 0 AND done = 0")) {
                return update.executeUpdate() == 1;
            }
        });
    }

    /** Gives a message that waits another due time, and it and its key another day to go when it must be kept longer. */
    boolean reschedule(Content content, long dueMs, long expireMs, int day) {
        Database.Work<Boolean> work = connection -> {
            try (PreparedStatement update =
                    connection.prepareStatement("UPDATE dq_message FORCE INDEX (PRIMARY) SET due_ms = ?, expire_ms = ?,"
                            + " pday = GREATEST(pday, ?) WHERE "
                            + Numbers.in(List.of(content.member().id()), false)
                            + " AND state = 0 AND done = 0")) {
                update.setLong(1, dueMs);
                update.setLong(2, expireMs);
                update.setInt(3, day);
                if (update.executeUpdate() != 1) {
                    return false;
                }
            }
            Member member = content.member();
            Named.keepLonger(
                    connection,
                    member.topic(),
                    Map.of(member.id(), content.props().key()),
                    day);
            return true;
        };
        // Without a key it is one statement, which is a transaction by itself.
        return content.props().key().isEmpty()
                ? database.run("reschedule a message", work)
                : database.inTransaction("reschedule a message", work);
    }

    /**
     * What is due within (from, to] in these buckets.
     *
     * @param topics of these only; of all when empty
     */
    record Span(long fromMs, long toMs, Collection<Integer> buckets, Collection<Integer> topics) {
        Span(long fromMs, long toMs, Collection<Integer> buckets) {
            this(fromMs, toMs, buckets, List.of());
        }
    }

    /**
     * Finds what waits in a span, first what is due first, from the index alone.
     *
     * @param chunk called with up to so many at a time; may wait for Redis
     */
    long scan(Span span, int chunkSize, Consumer<List<Due>> chunk) {
        StringBuilder sql =
                new StringBuilder("SELECT id, due_ms, tail FROM dq_message FORCE INDEX (k_due) WHERE state = 0"
                        + " AND due_ms > ? AND due_ms <= ?");
        if (span.buckets().size() < MessageId.BUCKETS) {
            sql.append(" AND ((id >> 44) & 31) IN (")
                    .append(Numbers.list(span.buckets()))
                    .append(')');
        }
        if (!span.topics().isEmpty()) {
            // What tail begins with, and that is in the index.
            sql.append(span.topics().stream()
                    .map("0x%08x"::formatted)
                    .collect(Collectors.joining(",", " AND SUBSTRING(tail, 1, 4) IN (", ")")));
        }
        sql.append(" ORDER BY due_ms");
        return database.run("look for what is due", connection -> {
            try (PreparedStatement select = connection.prepareStatement(sql.toString())) {
                select.setLong(1, span.fromMs());
                select.setLong(2, span.toMs());
                select.setFetchSize(chunkSize);
                try (ResultSet rows = select.executeQuery()) {
                    return inChunks(rows, chunkSize, chunk);
                }
            }
        });
    }

    /** Which groups are done with these, as bits, by id; no message stands for none. */
    Map<Long, Long> done(Collection<Long> ids) {
        return database.run("look who is done", connection -> {
            Map<Long, Long> done = HashMap.newHashMap(ids.size());
            done(connection, ids, true, done);
            List<Long> elsewhere =
                    ids.stream().filter(id -> !done.containsKey(id)).toList();
            if (!elsewhere.isEmpty()) {
                done(connection, elsewhere, false, done);
            }
            return done;
        });
    }

    private static void done(Connection connection, Collection<Long> ids, boolean byDay, Map<Long, Long> to)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                        "SELECT id, done FROM dq_message FORCE INDEX (PRIMARY) WHERE " + Numbers.in(ids, byDay));
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                to.put(rows.getLong(1), rows.getLong(2));
            }
        }
    }

    private static long inChunks(ResultSet rows, int chunkSize, Consumer<List<Due>> chunk) throws SQLException {
        long count = 0;
        List<Due> dues = new ArrayList<>();
        while (rows.next()) {
            dues.add(new Due(Member.of(rows.getLong(1), rows.getBytes(3)), rows.getLong(2)));
            count++;
            if (dues.size() == chunkSize) {
                chunk.accept(List.copyOf(dues));
                dues.clear();
            }
        }
        if (!dues.isEmpty()) {
            chunk.accept(dues);
        }
        return count;
    }
}
