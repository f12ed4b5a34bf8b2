package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

/** How rows get into the truth, many at once. */
class MessageTableTest {
    private Rig rig;
    private Connection connection;

    @BeforeEach
    void open() throws SQLException {
        rig = Rig.fresh();
        rig.open();
        connection = DriverManager.getConnection(rig.mysqlUrl);
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
        rig.close();
    }

    private static List<MessageTable.Row> rows(int from, int to, byte[] body) {
        List<MessageTable.Row> rows = new ArrayList<>();
        for (int i = from; i < to; i++) {
            Member member = new Member(MessageId.of(700, i % 20, 1_000 + i), 1, 4, 0, 0);
            rows.add(new MessageTable.Row(member, i, i, Long.MAX_VALUE, new byte[] {1}, body));
        }
        return rows;
    }

    @Test
    void storesWhatIsNewAndLeavesAsItIsWhatAnEarlierTryWithALostAnswerStored() throws SQLException {
        byte[] quoted = "it's \\ \" \0 quoted".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        MessageTable.insert(connection, rows(0, 30, quoted));
        MessageTable.insert(connection, rows(20, 60, new byte[] {2}));

        assertThat(rig.number("SELECT COUNT(*) FROM dq_message")).isEqualTo(60);
        assertThat(rig.number("SELECT COUNT(*) FROM dq_message WHERE body = 0x02 AND due_ms >= 30"))
                .isEqualTo(30);
        assertThat(rig.number("SELECT COUNT(*) FROM dq_message WHERE due_ms < 30 AND body = 0x"
                        + java.util.HexFormat.of().formatHex(quoted)))
                .isEqualTo(30);
    }

    @Test
    void knowsWhoIsDoneWithWhatLiesInAnotherDayThanItsIdSays() throws SQLException {
        List<MessageTable.Row> rows = rows(0, 3, new byte[] {1});
        List<Long> ids = rows.stream().map(row -> row.member().id()).toList();
        MessageTable.insert(connection, rows);
        rig.execute("UPDATE dq_message SET done = 1, pday = pday + 30 WHERE id = " + ids.get(0));
        rig.execute("UPDATE dq_message SET done = 2 WHERE id = " + ids.get(1));

        try (Database database = new Database(
                rig.config().mysql(), new Properties(), new StoreTimes(StoreFailure.Store.MYSQL, Ticker.system()))) {
            assertThat(new MessageTable(database).done(ids))
                    .containsEntry(ids.get(0), 1L)
                    .containsEntry(ids.get(1), 2L)
                    .containsEntry(ids.get(2), 0L);
        }
    }

    @Test
    void storesNothingOfManyWhenOneCannotBeStored() {
        List<MessageTable.Row> rows = rows(0, 30, new byte[] {1});
        MessageTable.Row good = rows.get(29);
        // More than the column takes.
        rows.set(29, new MessageTable.Row(good.member(), 29, 29, Long.MAX_VALUE, new byte[50_000], new byte[] {1}));

        assertThatThrownBy(() -> MessageTable.insert(connection, rows)).isInstanceOf(SQLException.class);

        assertThat(rig.number("SELECT COUNT(*) FROM dq_message")).isZero();
    }
}
