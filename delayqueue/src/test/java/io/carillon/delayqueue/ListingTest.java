package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Stored;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Lists out of a table in which most is of another topic and finished: what is asked for is found along an index. A million
 * rows, and how long each list took, with {@code -Dbench.list.rows=1000000}.
 */
class ListingTest {
    private static final int ROWS = Integer.getInteger("bench.list.rows", 60_000);
    private static final int SMALL = 40;
    private static final int BURIED = 2_000;
    /** What one request may read at most, however many rows there are: some tens of chunks, and what nodes look at anyway. */
    private static final long READ_MAX = 15_000;

    private static final long DAY_MS = MessageId.DAY_MS;

    private static Rig rig;
    private static DelayQueue queue;
    private static long nowMs;

    @BeforeAll
    static void fill() {
        rig = Rig.fresh();
        rig.timing = new DelayTimer(
                DelayTimer.Style.NOTIFY,
                Duration.ofMillis(50),
                DelayTimer.Spread.ALL_NODES,
                Rig.LEASE,
                Duration.ofSeconds(5),
                Duration.ofSeconds(60));
        queue = rig.open();
        nowMs = rig.redisNowMs();
        new Client(queue, "big", "g").pull(1, 0);
        new Client(queue, "small", "g").pull(1, 0);
        rig.execute("CREATE TABLE digits (d INT NOT NULL)");
        rig.execute("INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)");
        insert("big", ROWS, 0, "IF(n % 1000 = 7, 3, IF(n % 1000 = 8, 5, 2))");
        insert("small", SMALL, 100_000_000, "CASE n % 4 WHEN 0 THEN 0 WHEN 1 THEN 2 WHEN 2 THEN 3 ELSE 5 END");
        for (String topic : List.of("big", "small")) {
            rig.execute("INSERT INTO dq_named (topic_id, msg_key, id, pday) SELECT topic_id, CONCAT('k', id % 997), id,"
                    + " pday FROM dq_message WHERE topic_id = " + idOf(topic) + " AND id % 5 = 0");
        }
        bury();
        rig.execute("ANALYZE TABLE dq_message");
    }

    /** Messages that are dead for one group, and every other one for another. */
    private static void bury() {
        new Client(queue, "buried", "g").pull(1, 0);
        new Client(queue, "buried", "h").pull(1, 0);
        insert("buried", BURIED, 200_000_000, "4");
        String of = " FROM dq_message WHERE topic_id = " + idOf("buried");
        rig.execute("UPDATE dq_message SET done = 3 WHERE topic_id = " + idOf("buried"));
        rig.execute("INSERT INTO dq_dead (topic_id, bit, id, pday, dead_ms, attempts) SELECT topic_id, 0, id, pday,"
                + " due_ms, 3" + of);
        rig.execute("INSERT INTO dq_dead (topic_id, bit, id, pday, dead_ms, attempts) SELECT topic_id, 1, id, pday,"
                + " due_ms, 5" + of + " AND id % 2 = 0");
        rig.execute("ANALYZE TABLE dq_dead");
    }

    @AfterAll
    static void close() {
        rig.close();
    }

    private static long idOf(String topic) {
        return rig.number("SELECT topic_id FROM dq_topic WHERE name = '" + topic + "'");
    }

    /** Messages that were due in the last six days, many at the same time, as a week of traffic leaves them. */
    private static void insert(String topic, int count, int firstSerial, String state) {
        String due = "(" + nowMs + " - 1000 - FLOOR(n / 7) * 7 * " + Math.max(1, 6 * DAY_MS / Math.max(count, 1)) + ")";
        String day = "(FLOOR((" + due + " + 7 * " + DAY_MS + ") / " + DAY_MS + ") - 20089)";
        rig.execute(
                "INSERT INTO dq_message (id, pday, topic_id, state, done, due_ms, sent_ms, expire_ms, tail, props, body)"
                        + " SELECT (" + day + " << 49) | ((n % 20) << 44) | (n + " + firstSerial + " + 1000000), " + day
                        + ", "
                        + idOf(topic) + ", " + state + ", 0, " + due + ", " + nowMs + ", " + Long.MAX_VALUE
                        + ", UNHEX(CONCAT(LPAD(HEX(" + idOf(topic) + "), 8, '0'), '04000000')), 0x"
                        + java.util.HexFormat.of().formatHex(emptyProps())
                        + ", REPEAT('x', 100) FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d AS n"
                        + " FROM digits a, digits b, digits c, digits e, digits f, digits g) numbers WHERE n < "
                        + count);
    }

    private static byte[] emptyProps() {
        return Props.of(Client.many(1, 0).getFirst()).encode();
    }

    /** All pages; of none may more be read than there may be. */
    private static List<Stored> all(String topic, String group, String key, MessageState state, int pages) {
        List<Stored> all = new ArrayList<>();
        String token = "";
        for (int page = 0; page < pages; page++) {
            long before = rig.entriesRead();
            long beganNs = System.nanoTime();
            Found<Stored> found = Rig.done(queue.list(
                    new Requests.Search(topic, group, key, state, 0, Long.MAX_VALUE, new Requests.Page(token, 100))));
            long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs);
            long read = rig.entriesRead() - before;
            if (ROWS >= 1_000_000) {
                System.out.println(
                        "list topic=" + topic + " group=" + group + " key=" + key + " state=" + state + " page=" + page
                                + ": " + found.items().size() + " found, " + read + " entries read, " + ms + " ms");
            }
            assertThat(read).as("entries read for %s %s %s", topic, key, state).isLessThan(READ_MAX);
            all.addAll(found.items());
            token = found.next();
            if (token.isEmpty()) {
                break;
            }
        }
        assertThat(all).extracting(Stored::dueMs).isSorted();
        assertThat(new HashSet<>(all.stream().map(Stored::id).toList())).hasSameSizeAs(all);
        return all;
    }

    @Test
    void findsATopicsMessagesAmongManyOfAnother() {
        assertThat(all("small", "", "", null, 10)).hasSize(SMALL);
        assertThat(all("small", "g", "", null, 10)).hasSize(SMALL);
        assertThat(all("big", "", "", null, 3)).hasSize(300);
    }

    @Test
    void findsATopicsMessagesInAStateAmongManyOfAnother() {
        assertThat(all("small", "", "", MessageState.CANCELLED, 10)).hasSize(SMALL / 4);
        assertThat(all("small", "", "", MessageState.EXPIRED, 10)).hasSize(SMALL / 4);
        assertThat(all("small", "", "", MessageState.ACKNOWLEDGED, 10)).hasSize(SMALL / 4);
        assertThat(all("small", "g", "", MessageState.READY, 10)).hasSize(SMALL / 4);
        assertThat(all("small", "g", "", MessageState.DEAD, 10)).isEmpty();
        assertThat(all("big", "", "", MessageState.READY, 10)).isEmpty();
    }

    @Test
    void findsMessagesOfAllTopicsByState() {
        assertThat(all("", "", "", MessageState.READY, 10)).hasSize(SMALL / 4);
        assertThat(all("", "", "", null, 3)).hasSize(300);
        assertThat(all("", "", "", MessageState.CANCELLED, 3)).isNotEmpty();
        assertThat(all("", "", "", MessageState.ACKNOWLEDGED, 3)).hasSize(300);
    }

    @Test
    void tellsWhichAreDeadAmongManyDeadLetters() {
        assertThat(all("buried", "g", "", null, 3)).hasSize(300).allMatch(one -> isDead(one, 3));
        List<Stored> ofOther = all("buried", "h", "", null, 3);
        assertThat(ofOther).hasSize(300).allMatch(one -> isDead(one, 5) || one.state() == MessageState.ACKNOWLEDGED);
        assertThat(ofOther).filteredOn(one -> isDead(one, 5)).hasSize(150);
        List<Stored> ofAny = all("buried", "", "", null, 3);
        assertThat(ofAny).hasSize(300).allMatch(one -> isDead(one, 3) || isDead(one, 5));
        assertThat(ofAny).filteredOn(one -> isDead(one, 5)).hasSize(150);
        assertThat(all("buried", "h", "", MessageState.DEAD, 3)).hasSize(300).allMatch(one -> isDead(one, 5));
    }

    private static boolean isDead(Stored one, int attempts) {
        return one.state() == MessageState.DEAD && one.attempts() == attempts;
    }

    private long entriesReadFor(String key) {
        long before = rig.entriesRead();
        all("", "", key, null, 100);
        return rig.entriesRead() - before;
    }

    @Test
    void findsMessagesByKey() {
        long named = rig.number("SELECT COUNT(*) FROM dq_named WHERE msg_key = 'k42'");

        assertThat(all("", "", "k42", null, 100)).hasSize((int) named);
        // For each its key and its row, not a look into every day. To count, and nodes, read as much for a key that
        // nobody has.
        assertThat(entriesReadFor("k42") - entriesReadFor("nobody")).isLessThan(10 * named + 100);
        assertThat(all("small", "", "nobody", null, 10)).isEmpty();
    }
}
