package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What it takes to finish much that a deleted group or topic left. */
class LeftoversTest {
    private static final int ROWS = 20_000;
    private static final int OF_OTHERS = 25_000;
    /** Of each message its entry of the index, and, for each of the two updates, its row and the groups that want it; once. */
    private static final long READ_MAX = 8L * ROWS + OF_OTHERS;

    private Rig rig;
    private Database database;
    private int topic;

    @BeforeEach
    void open() throws SQLException {
        rig = Rig.fresh();
        DelayQueue queue = rig.open();
        new Client(queue, "left", "g").pull(1, 0);
        new Client(queue, "left", "stays").pull(1, 0);
        new Client(queue, "other", "g").pull(1, 0);
        topic = (int) rig.number("SELECT topic_id FROM dq_topic WHERE name = 'left'");
        // Far beyond the horizon, so that nobody but this test looks at them.
        long dueMs = rig.redisNowMs() + 20 * MessageId.DAY_MS;
        insert(topic, 0, ROWS, dueMs);
        insert((int) rig.number("SELECT topic_id FROM dq_topic WHERE name = 'other'"), ROWS, OF_OTHERS, dueMs);
        database = new Database(
                rig.config().mysql(), new Properties(), new StoreTimes(StoreFailure.Store.MYSQL, Ticker.system()));
    }

    @AfterEach
    void close() {
        database.close();
        rig.close();
    }

    private void insert(int of, int first, int count, long dueMs) throws SQLException {
        try (Connection connection = DriverManager.getConnection(rig.mysqlUrl)) {
            for (int i = 0; i < count; i += 1_000) {
                List<MessageTable.Row> rows = new ArrayList<>();
                for (int j = i; j < i + 1_000; j++) {
                    long id = MessageId.of(MessageId.dayOf(dueMs), j % MessageId.BUCKETS, 1_000_000 + first + j);
                    Member member = new Member(id, of, 4, 0, 0);
                    rows.add(new MessageTable.Row(
                            member, dueMs + j % 100, dueMs, Long.MAX_VALUE, new byte[] {1}, new byte[] {2}));
                }
                MessageTable.insert(connection, rows);
            }
        }
    }

    private long entriesReadToFinish(Leftovers.Of of) {
        LeftoverTable table = new LeftoverTable(database);
        long before = rig.entriesRead();
        LeftoverTable.Looked looked = new LeftoverTable.Looked(Listing.Place.START, false);
        while (!looked.isLast()) {
            looked = table.finishSome(of, looked.end());
        }
        return rig.entriesRead() - before;
    }

    @Test
    void looksOnceAtEachMessageOfATopic() {
        assertThat(entriesReadToFinish(new Leftovers.Of(topic, -1))).isLessThan(READ_MAX);

        assertThat(rig.number("SELECT COUNT(*) FROM dq_message WHERE state = 6"))
                .isEqualTo(ROWS);
        assertThat(rig.number("SELECT COUNT(*) FROM dq_message WHERE state = 0 AND topic_id <> " + topic))
                .isEqualTo(OF_OTHERS);
    }

    @Test
    void looksOnceAtEachMessageOfAGroup() {
        long bit = rig.number("SELECT bit FROM dq_group WHERE name = 'g' AND topic_id = " + topic);
        long stays = rig.number("SELECT mask FROM dq_group WHERE name = 'stays'");
        // Some are done with by the one that goes, some by the one that stays.
        rig.execute("UPDATE dq_message SET done = IF(id % 4 = 0, " + stays + ", " + (1L << bit) + ")");
        rig.execute("DELETE FROM dq_group WHERE name = 'g'");

        assertThat(entriesReadToFinish(new Leftovers.Of(topic, (int) bit))).isLessThan(READ_MAX);

        String mine = "SELECT COUNT(*) FROM dq_message WHERE topic_id = " + topic;
        long finished = rig.number(mine + " AND state = 2");
        assertThat(finished).isEqualTo(rig.number(mine + " AND id % 4 = 0")).isPositive();
        assertThat(rig.number(mine + " AND state = 0 AND done = 0")).isEqualTo(ROWS - finished);
        assertThat(rig.number("SELECT COUNT(*) FROM dq_message WHERE state = 0 AND done <> 0"))
                .isEqualTo(OF_OTHERS);
    }
}
