package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.Extended;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Redriven;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.RetryPolicy;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Settled;
import io.carillon.base.delayqueue.When;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a dead letter is after it was sent on its way again. */
class RedriveTest {
    private static final RetryPolicy ONCE = new RetryPolicy(1, 0, 1, 0);

    private Rig rig;
    private DelayQueue queue;

    @BeforeEach
    void open() {
        rig = Rig.fresh();
        queue = rig.open();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static Sent send(Client client, String key, long ttlMs) {
        return client.sendAll(
                        List.of(new NewMessage(When.now(), "", key, "", "", ttlMs, 4, ONCE, Map.of(), new byte[] {7})))
                .getFirst();
    }

    private Delivery bury(Client client) {
        Delivery only = client.pullOne(5_000);
        assertThat(Rig.done(queue.release(client.where(), only.receipt(), 0)).isDead())
                .isTrue();
        return only;
    }

    @Test
    void livesAsLongAsItDidFromItsRedrive() {
        Client client = new Client(queue, "ttl", "g");
        client.pull(1, 0);
        Sent sent = send(client, "", 60_000);
        bury(client);
        rig.execute("UPDATE dq_message SET due_ms = due_ms - 3600000, expire_ms = expire_ms - 3600000");

        assertThat(client.redrive(List.of(sent.id()))).isEqualTo(new Redriven(1, 0));

        assertThat(client.pullOne(10_000).message().id()).isEqualTo(sent.id());
        assertThat(rig.number("SELECT expire_ms - due_ms FROM dq_message")).isEqualTo(60_000);
    }

    /** The other group did not consume it in time, so it is not to get it. */
    @Test
    void isRedrivenForItsGroupAloneWhenItExpiredForTheOther() {
        Client client = new Client(queue, "two", "g");
        Client other = new Client(queue, "two", "other");
        client.pull(1, 0);
        other.pull(1, 0);
        Sent sent = send(client, "", 60_000);
        bury(client);
        rig.execute("UPDATE dq_message SET due_ms = due_ms - 3600000, expire_ms = expire_ms - 3600000");
        Rig.await(() -> {
            assertThat(other.pull(1, 0)).isEmpty();
            return rig.number("SELECT state FROM dq_message") == MessageTable.EXPIRED;
        });

        assertThat(client.redrive(List.of(sent.id()))).isEqualTo(new Redriven(1, 0));

        Delivery again = client.pullOne(10_000);
        assertThat(other.pull(1, 1_500)).isEmpty();
        assertThat(client.acknowledge(again)).isEqualTo(Settled.DONE);
        assertThat(client.stateOfAny(sent.id())).isEqualTo(MessageState.ACKNOWLEDGED);
    }

    @Test
    void isKeptFromItsRedriveOnAndFoundByItsKey() {
        Client client = new Client(queue, "kept", "g");
        client.pull(1, 0);
        Sent sent = send(client, "k", 0);
        bury(client);
        long day = rig.number("SELECT pday FROM dq_message");
        rig.execute("UPDATE dq_message SET pday = pday - 5");
        rig.execute("UPDATE dq_named SET pday = pday - 5");

        assertThat(client.redrive(List.of(sent.id()))).isEqualTo(new Redriven(1, 0));

        assertThat(rig.number("SELECT pday FROM dq_message")).isBetween(day, day + 1);
        assertThat(rig.number("SELECT pday FROM dq_named")).isBetween(day, day + 1);
        assertThat(client.acknowledge(client.pullOne(10_000))).isEqualTo(Settled.DONE);
    }

    /** And of those that are dead for another group, too, that group's letters are kept as long as the messages. */
    @Test
    void manyTakeAFewStatementsTogether() {
        Client client = new Client(queue, "many", "g");
        Client other = new Client(queue, "many", "other");
        client.pull(1, 0);
        other.pull(1, 0);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            List<NewMessage> some = new ArrayList<>();
            for (int j = 0; j < 100; j++) {
                some.add(new NewMessage(When.now(), "", "k" + j, "", "", 0, 4, ONCE, Map.of(), new byte[] {7}));
            }
            client.sendAll(some).forEach(sent -> ids.add(sent.id()));
        }
        acknowledge(client, ids.size());
        acknowledge(other, ids.size());
        rig.execute("UPDATE dq_message SET state = 4, pday = pday - 5");
        rig.execute("UPDATE dq_named SET pday = pday - 5");
        rig.execute("INSERT INTO dq_dead (topic_id, bit, id, pday, dead_ms, attempts) SELECT m.topic_id, g.bit, m.id,"
                + " m.pday, m.due_ms, 1 FROM dq_message m JOIN dq_group g ON g.topic_id = m.topic_id");
        long day = rig.number("SELECT MAX(pday) FROM dq_message") + 5;
        long before = rig.statements();

        assertThat(client.redrive(ids)).isEqualTo(new Redriven(ids.size(), 0));

        // And some that the node gives by itself.
        assertThat(rig.statements() - before).isLessThan(40);
        for (String table :
                List.of("dq_message WHERE state = 0 AND done = 2", "dq_named WHERE 1", "dq_dead WHERE bit = 1")) {
            assertThat(rig.number(
                            "SELECT COUNT(*) FROM " + table + " AND pday BETWEEN " + (day - 1) + " AND " + (day + 1)))
                    .as(table)
                    .isEqualTo(ids.size());
        }
        assertThat(rig.number("SELECT COUNT(*) FROM dq_dead")).isEqualTo(ids.size());
        acknowledge(client, ids.size());
        assertThat(other.pull(1, 0)).isEmpty();
    }

    private static void acknowledge(Client client, int count) {
        for (int got = 0; got < count; ) {
            List<Delivery> some = client.pull(200, 10_000);
            client.acknowledgeAll(some);
            got += some.size();
            assertThat(some).isNotEmpty();
        }
    }

    /** It is counted anew, so its first delivery has the number that the first one had before. */
    @Test
    void makesReceiptsFromBeforeWorthNothing() {
        Client client = new Client(queue, "receipts", "g");
        client.pull(1, 0);
        Sent sent = send(client, "", 0);
        Delivery before = bury(client);
        client.redrive(List.of(sent.id()));
        Delivery after = client.pullOne(10_000);
        assertThat(after.attempt()).isEqualTo(before.attempt());
        assertThat(after.receipt()).isNotEqualTo(before.receipt());

        assertThat(client.extend(before, 60_000)).isFalse();
        assertThat(Rig.refused(queue.release(client.where(), before.receipt(), 0))
                        .code())
                .isEqualTo("receipt-not-valid");
        assertThat(client.acknowledge(before)).isEqualTo(Settled.TOO_LATE);

        assertThat(client.acknowledge(after)).isEqualTo(Settled.DONE);
    }

    @Test
    void anExtensionGivesANewReceiptAndTheOldOneIsWorthNothing() {
        Client client = new Client(queue, "extended", "g");
        client.send("mine", 0);
        Delivery got = client.pullOne(5_000);

        Extended extended = Rig.done(queue.extend(client.where(), got.receipt(), 120_000));

        assertThat(extended.receipt()).isNotEqualTo(got.receipt());
        assertThat(client.acknowledge(got)).isEqualTo(Settled.TOO_LATE);
        assertThat(Rig.get(queue.release(client.where(), got.receipt(), Requests.BY_POLICY)))
                .isInstanceOf(Answer.Refused.class);
        assertThat(client.acknowledgeText(extended.receipt())).isEqualTo(Settled.DONE);
    }

    @Test
    void isBuriedAfterMysqlIsBackAndTheLogIsToldOnce() {
        Client client = new Client(queue, "bury", "g");
        client.pull(1, 0);
        for (int i = 0; i < 5; i++) {
            send(client, "", 0);
        }
        // Over before anybody settles it: the mover finds them dead.
        for (int got = 0; got < 5; ) {
            got += client.pull(5, 5_000, 2_000).size();
        }
        try (Warnings warnings = new Warnings()) {
            rig.stores.killMysql();
            try {
                Rig.await(() -> queue.node().figures().unburied.sum() >= 6);
            } finally {
                rig.stores.startMysql();
            }
            assertThat(warnings.traces()).isEmpty();
            assertThat(warnings.lines().stream().filter(line -> line.startsWith("delayqueue_store_fails work=bury")))
                    .hasSize(1);
        }

        Rig.await(() -> rig.number("SELECT COUNT(*) FROM dq_dead") == 5);
    }
}
