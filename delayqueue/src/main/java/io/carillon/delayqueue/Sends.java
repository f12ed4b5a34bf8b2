package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.RetryPolicy;
import io.carillon.base.delayqueue.Sent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes messages: all that callers hand over while a commit is under way go into the next one. A message is taken when
 * MySQL has committed it. Only then is the horizon of its bucket read, and the message added to the order if it lies within;
 * that this fails makes no send fail, for the order is made whole from the truth.
 */
final class Sends {
    /** Messages of one call, whose limits were checked. */
    record Order(
            TopicTable.Topic topic,
            List<NewMessage> messages,
            int bytes,
            CompletableFuture<List<Answer<Sent>>> answer) {}

    private static final int WORKERS = 3;
    private static final int CALLS_MAX = 500;

    private final Life life;
    private final Database database;
    private final Serials serials;
    private final Buckets buckets;
    private final EngineClock clock;
    private final Figures figures;
    private final DelayKeep keep;
    private final GroupCommit<Order> line;
    private final AtomicInteger turn = new AtomicInteger();

    Sends(
            Life life,
            Database database,
            Serials serials,
            Buckets buckets,
            EngineClock clock,
            Figures figures,
            DelayKeep keep) {
        this.life = life;
        this.database = database;
        this.serials = serials;
        this.buckets = buckets;
        this.clock = clock;
        this.figures = figures;
        this.keep = keep;
        this.line = new GroupCommit<>(life, "delayqueue-send", WORKERS, CALLS_MAX, Order::bytes, this::take);
    }

    void add(Order order) {
        line.add(order);
    }

    boolean isBusy() {
        return line.isBusy();
    }

    int waiting() {
        return line.waiting();
    }

    /** A message on its way: its row, and who has its idempotency key in the end. */
    private static final class Taking {
        final MessageTable.Row row;
        final NewMessage message;
        long keptId;
        long keptDueMs;

        Taking(MessageTable.Row row, NewMessage message) {
            this.row = row;
            this.message = message;
            this.keptId = row.member().id();
            this.keptDueMs = row.dueMs();
        }

        boolean isNew() {
            return keptId == row.member().id();
        }
    }

    private void take(List<Order> orders) {
        List<Taking> all = new ArrayList<>();
        try {
            long nowMs = clock.nowMs();
            // Numbers that nobody uses are no change.
            List<List<Taking>> byOrder = StoreFailure.looking(() -> number(orders, nowMs));
            byOrder.forEach(all::addAll);
            store(all, nowMs);
            figures.sent.add(all.stream().filter(Taking::isNew).count());
            life.at(Step.SEND_COMMITTED);
            order(all);
            life.at(Step.SEND_ADDED);
            for (int i = 0; i < orders.size(); i++) {
                orders.get(i).answer().complete(answers(byOrder.get(i)));
            }
        } catch (StoreFailure failure) {
            Answer<Sent> refused = Answer.refused(life.refusal(failure));
            orders.forEach(order -> order.answer()
                    .complete(order.messages().stream().map(_ -> refused).toList()));
        } catch (RuntimeException failure) {
            orders.forEach(order -> order.answer().completeExceptionally(failure));
            throw failure;
        }
    }

    /** Gives every message its id. What has no ordering key goes into one bucket a commit: that is one step in Redis. */
    private List<List<Taking>> number(List<Order> orders, long nowMs) {
        int count = orders.stream().mapToInt(order -> order.messages().size()).sum();
        long serial = serials.take(count);
        int bucket = Math.floorMod(turn.getAndIncrement(), MessageId.BUCKETS);
        List<List<Taking>> all = new ArrayList<>(orders.size());
        for (Order order : orders) {
            List<Taking> takings = new ArrayList<>(order.messages().size());
            for (NewMessage message : order.messages()) {
                takings.add(new Taking(row(order.topic(), message, serial++, bucket, nowMs), message));
            }
            all.add(takings);
        }
        return all;
    }

    private MessageTable.Row row(
            TopicTable.Topic topic, NewMessage message, long serial, int commitBucket, long nowMs) {
        long dueMs = message.when().dueMs(nowMs);
        long expireMs = message.ttlMs() == 0 ? Long.MAX_VALUE : dueMs + message.ttlMs();
        int bucket = message.orderingKey().isEmpty()
                ? commitBucket
                : Math.floorMod(31 * topic.id() + message.orderingKey().hashCode(), MessageId.BUCKETS);
        long id = MessageId.of(MessageId.dayOf(dueMs + keep.retention().toMillis()), bucket, serial);
        RetryPolicy retry = message.retry();
        Member member = new Member(
                id,
                topic.id(),
                message.priority(),
                retry == null ? 0 : retry.attemptsMax(),
                retry == null ? 0 : Member.OWN_RETRY);
        return new MessageTable.Row(
                member, dueMs, nowMs, expireMs, Props.of(message).encode(), message.body());
    }

    private void store(List<Taking> all, long nowMs) {
        boolean isPlain = all.stream()
                .allMatch(one -> one.message.key().isEmpty()
                        && one.message.idempotencyKey().isEmpty());
        if (isPlain) {
            // One statement is a transaction by itself: one round trip.
            database.run("store messages", connection -> {
                MessageTable.insert(connection, all.stream().map(one -> one.row).toList());
                return all;
            });
            return;
        }
        database.inTransaction("store messages", connection -> {
            keepKeys(
                    connection,
                    all.stream()
                            .filter(one -> !one.message.idempotencyKey().isEmpty())
                            .toList(),
                    nowMs);
            List<Taking> fresh = all.stream().filter(Taking::isNew).toList();
            if (!fresh.isEmpty()) {
                MessageTable.insert(
                        connection, fresh.stream().map(one -> one.row).toList());
                Named.insert(
                        connection,
                        fresh.stream()
                                .filter(one -> !one.message.key().isEmpty())
                                .map(one -> new Named.Row(one.row.member(), one.message.key()))
                                .toList());
            }
            return all;
        });
    }

    /** Whoever inserts a key's row first has the key; the others answer with what it answered. */
    private void keepKeys(Connection connection, List<Taking> keyed, long nowMs) throws SQLException {
        if (keyed.isEmpty()) {
            return;
        }
        // In one order for all, so that two commits with the same keys do not wait for each other.
        Map<String, List<Taking>> byKey = new TreeMap<>();
        keyed.forEach(one -> byKey.computeIfAbsent(
                        one.row.member().topic() + " " + one.message.idempotencyKey(), _ -> new ArrayList<>())
                .add(one));
        for (List<Taking> same : byKey.values()) {
            Taking first = same.getFirst();
            IdempotencyKeys.Kept kept = IdempotencyKeys.keep(
                    connection,
                    first.row.member().topic(),
                    first.message.idempotencyKey(),
                    new IdempotencyKeys.Kept(first.row.member().id(), first.row.dueMs()),
                    nowMs,
                    nowMs + keep.idempotency().toMillis());
            // Of several with one key in one commit, only the first is stored; their ids differ, so the others see it.
            for (Taking one : same) {
                one.keptId = kept.id();
                one.keptDueMs = kept.dueMs();
            }
        }
    }

    private void order(List<Taking> all) {
        try {
            buckets.addNew(all.stream()
                    .filter(Taking::isNew)
                    .map(one -> new MessageTable.Due(one.row.member(), one.row.dueMs()))
                    .toList());
        } catch (StoreFailure failure) {
            // They are taken: whoever makes the order whole adds them.
            figures.unordered.add(all.stream().filter(Taking::isNew).count());
        }
    }

    private static List<Answer<Sent>> answers(List<Taking> takings) {
        List<Answer<Sent>> answers = new ArrayList<>(takings.size());
        for (Taking one : takings) {
            answers.add(Answer.of(new Sent(MessageId.text(one.keptId), one.keptDueMs, !one.isNew())));
        }
        return answers;
    }

    /** {@code dq_key}: which message was stored first with an idempotency key. */
    private static final class IdempotencyKeys {
        record Kept(long id, long dueMs) {}

        private IdempotencyKeys() {}

        static Kept keep(Connection connection, int topic, String key, Kept own, long nowMs, long untilMs)
                throws SQLException {
            byte[] bytes = key.getBytes(java.nio.charset.StandardCharsets.UTF_8);
            // A key whose time is over is anybody's again.
            String sql = "INSERT INTO dq_key (topic_id, idem_key, id, due_ms, expire_ms) VALUES (?, ?, ?, ?, ?)"
                    + " ON DUPLICATE KEY UPDATE id = IF(expire_ms < ?, VALUES(id), id),"
                    + " due_ms = IF(expire_ms < ?, VALUES(due_ms), due_ms),"
                    + " expire_ms = IF(expire_ms < ?, VALUES(expire_ms), expire_ms)";
            try (PreparedStatement insert = connection.prepareStatement(sql)) {
                insert.setInt(1, topic);
                insert.setBytes(2, bytes);
                insert.setLong(3, own.id());
                insert.setLong(4, own.dueMs());
                insert.setLong(5, untilMs);
                insert.setLong(6, nowMs);
                insert.setLong(7, nowMs);
                insert.setLong(8, nowMs);
                insert.executeUpdate();
            }
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT id, due_ms FROM dq_key WHERE topic_id = ? AND idem_key = ?")) {
                select.setInt(1, topic);
                select.setBytes(2, bytes);
                try (ResultSet rows = select.executeQuery()) {
                    rows.next();
                    return new Kept(rows.getLong(1), rows.getLong(2));
                }
            }
        }
    }
}
