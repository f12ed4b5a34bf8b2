package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Refusal.Invalid;
import io.carillon.base.delayqueue.Refusal.OverLimit;
import io.carillon.base.delayqueue.Sent;
import io.carillon.broker.produce.Intake;
import io.carillon.broker.produce.Refused;
import io.carillon.broker.produce.Send;
import io.carillon.log.AppendBatch;
import io.carillon.message.MessageRecord;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stores messages: those of one call in one batch of the log. Any thread; the caller's thread may write into the page
 * cache, but never waits for the disk.
 */
final class Sends {
    private static final int IDLE_MAX = 64;
    /** Its topic may be deleted between making it and sending. */
    private static final int MAKES_MAX = 3;

    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final int ID_BYTES = 16;

    private final Parts parts;
    private final LongSupplier delayMaxMs;
    private final ArrayBlockingQueue<Lane> idle = new ArrayBlockingQueue<>(IDLE_MAX);

    Sends(Parts parts) {
        this.parts = parts;
        this.delayMaxMs = parts.scheduler()::delayMaxMs;
    }

    /** What one call needs on its way through the log; used again when it was answered. */
    private final class Lane {
        private final Intake intake = new Intake();
        private final Send send = new Send();
        private final AppendBatch batch = new AppendBatch(_ -> arrived());
        private final List<Answer<Sent>> answers = new ArrayList<>();
        /** For each answer the record that it waits for, -1 when it does not. */
        private int[] records = new int[64];

        private CompletableFuture<Answer<List<Answer<Sent>>>> told = new CompletableFuture<>();

        void note(Answer<Sent> answer, int record) {
            records = answers.size() == records.length ? Arrays.copyOf(records, 2 * records.length) : records;
            records[answers.size()] = record;
            answers.add(answer);
        }

        private void arrived() {
            CompletableFuture<Answer<List<Answer<Sent>>>> future = told;
            try {
                Answer<List<Answer<Sent>>> outcome = outcome();
                free();
                future.complete(outcome);
            } catch (RuntimeException e) {
                free();
                future.completeExceptionally(e);
            }
        }

        private Answer<List<Answer<Sent>>> outcome() {
            io.carillon.log.Refusal refusal = batch.refusal();
            if (refusal != null) {
                Refusal why = Refusals.of(refusal);
                return Answer.refused(why);
            }
            List<Answer<Sent>> all = new ArrayList<>(answers.size());
            for (int i = 0; i < answers.size(); i++) {
                boolean isRepeat = records[i] >= 0 && !batch.isStored(records[i]);
                all.add(isRepeat ? repeated(answers.get(i), batch.logOffset(records[i])) : answers.get(i));
            }
            return Answer.of(all);
        }

        private Answer<Sent> repeated(Answer<Sent> answer, long logOffset) {
            MemorySegment first = parts.log().record(logOffset);
            return answer.map(sent -> new Sent(
                    sent.id(),
                    first == null ? sent.dueMs() : StoredForm.Read.of(first).dueMs(),
                    true));
        }

        private void free() {
            answers.clear();
            batch.clear();
            send.body = ByteBuffer.allocate(0);
            idle.offer(this);
        }
    }

    CompletableFuture<Answer<List<Answer<Sent>>>> send(String topic, List<NewMessage> messages) {
        return send(topic, messages, List.of());
    }

    /** @param origins of each message, where they come from another delay queue and have ids already; else none */
    CompletableFuture<Answer<List<Answer<Sent>>>> send(String topic, List<NewMessage> messages, List<Origin> origins) {
        CompletableFuture<Answer<List<Answer<Sent>>>> told = new CompletableFuture<>();
        send(topic, messages, origins, told, MAKES_MAX);
        return told;
    }

    /**
     * What a message was before it came here.
     *
     * @param uniqueId what the broker is to know it by
     * @param id what its sender was told
     */
    record Origin(String uniqueId, String id) {}

    private void send(
            String topic,
            List<NewMessage> messages,
            List<Origin> origins,
            CompletableFuture<Answer<List<Answer<Sent>>>> told,
            int makesLeft) {
        Lane idleOne = idle.poll();
        Lane lane = idleOne == null ? new Lane() : idleOne;
        lane.told = told;
        address(lane.send, topic);
        Refused missing = fill(lane, topic, messages, origins);
        if (missing != null && makesLeft > 0) {
            Send wanted = lane.send.copy();
            lane.free();
            makeThenSend(wanted, topic, messages, origins, told, makesLeft);
        } else if (missing != null) {
            lane.free();
            told.complete(Answer.refused(Refusals.of(missing, topic)));
        } else if (lane.batch.count() == 0) {
            lane.arrived();
        } else {
            parts.log().append(lane.batch);
        }
    }

    private void makeThenSend(
            Send wanted,
            String topic,
            List<NewMessage> messages,
            List<Origin> origins,
            CompletableFuture<Answer<List<Answer<Sent>>>> told,
            int makesLeft) {
        Refused no = parts.produce().createFor(wanted, refusal -> {
            if (refusal == null) {
                parts.blocking().execute(() -> send(topic, messages, origins, told, makesLeft - 1));
            } else {
                told.complete(Answer.refused(Refusals.of(refusal)));
            }
        });
        if (no != null) {
            told.complete(Answer.refused(Refusals.of(no, topic)));
        }
    }

    private static void address(Send send, String topic) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(name, 0, send.topic, 0, name.length);
        send.topicBytes = name.length;
        send.template = TopicName.AUTO_CREATE;
        send.templateQueues = Integer.MAX_VALUE;
        send.bornHost = new byte[] {127, 0, 0, 1, 0, 0, 0, 0};
    }

    /** @return what must be made before; then nothing was taken */
    private @Nullable Refused fill(Lane lane, String topic, List<NewMessage> messages, List<Origin> origins) {
        long nowMs = parts.ticker().nowMs();
        for (int i = 0; i < messages.size(); i++) {
            NewMessage message = messages.get(i);
            Origin origin = origins.isEmpty() ? null : origins.get(i);
            Refusal fault = fault(message, nowMs);
            if (fault != null) {
                lane.note(Answer.refused(fault), -1);
                continue;
            }
            Refused refused = take(lane, topic, message, origin, nowMs);
            if (refused != null && refused.reason() == Refused.Reason.TO_MAKE && lane.batch.count() == 0) {
                return refused;
            }
            if (refused != null) {
                lane.note(Answer.refused(Refusals.of(refused, topic)), -1);
            }
        }
        return null;
    }

    /** What of a message no broker stores; null when there is nothing. */
    @Nullable
    Refusal fault(NewMessage message, long nowMs) {
        long delayMs = message.when().dueMs(nowMs) - nowMs;
        if (delayMs > delayMaxMs.getAsLong()) {
            return new OverLimit("delay_max_ms", delayMaxMs.getAsLong(), delayMs);
        }
        if (!message.key().isEmpty() && message.key().chars().anyMatch(Character::isWhitespace)) {
            return new Invalid("key", "a key must not hold spaces: keys of a message are listed with spaces between");
        }
        for (String name : message.headers().keySet()) {
            if (StoredForm.isOwn(name)) {
                return new Invalid(
                        "headers", "the header '" + name + "' has a meaning of its own: choose another name");
            }
        }
        return null;
    }

    private @Nullable Refused take(Lane lane, String topic, NewMessage message, @Nullable Origin origin, long nowMs) {
        long dueMs = message.when().dueMs(nowMs);
        String id = origin == null ? id(topic, message.idempotencyKey()) : origin.uniqueId();
        byte[] properties;
        try {
            properties = StoredForm.properties(message, id, origin == null ? "" : origin.id(), dueMs, nowMs);
        } catch (IllegalArgumentException e) {
            return new Refused(Refused.Reason.ILLEGAL_MESSAGE, String.valueOf(e.getMessage()));
        }
        Send send = lane.send;
        if (properties.length > MessageRecord.PROPERTIES_BYTES_MAX) {
            return new Refused(
                    Refused.Reason.ILLEGAL_MESSAGE, "the headers are too long: " + properties.length + " bytes");
        }
        System.arraycopy(properties, 0, send.properties, 0, properties.length);
        send.propertiesBytes = properties.length;
        send.body = ByteBuffer.wrap(message.body());
        send.bornTimestampMs = nowMs;
        send.queueId = queue(topic, message.orderingKey());
        int record = lane.batch.count();
        Refused refused = parts.produce().take(send, lane.intake, lane.batch);
        if (refused == null) {
            lane.note(Answer.of(new Sent(id, dueMs, false)), record);
        }
        return refused;
    }

    /** What has the same ordering key goes to the same queue; the rest to any. */
    private int queue(String topic, String orderingKey) {
        Topic settings = orderingKey.isEmpty() ? null : parts.topic(topic);
        int queues = settings == null ? 0 : settings.writeQueues();
        return queues == 0 ? -1 : Math.floorMod(orderingKey.hashCode(), queues);
    }

    /** The broker stores a message of a topic with a known id once, so the id of one that may be sent again follows from its key. */
    private String id(String topic, String idempotencyKey) {
        byte[] id = new byte[ID_BYTES];
        if (idempotencyKey.isEmpty()) {
            parts.random().nextBytes(id);
            return HEX.formatHex(id);
        }
        byte[] all = digest(topic + '\0' + idempotencyKey);
        return HEX.formatHex(all, 0, ID_BYTES);
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
