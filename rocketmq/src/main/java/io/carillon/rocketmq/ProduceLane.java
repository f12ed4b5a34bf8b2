package io.carillon.rocketmq;

import io.carillon.base.HotPath;
import io.carillon.broker.produce.Intake;
import io.carillon.broker.produce.ProduceService;
import io.carillon.broker.produce.Refused;
import io.carillon.broker.produce.Send;
import io.carillon.log.MessageLog;
import io.carillon.log.Refusal;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ResponseCode;
import java.util.ArrayDeque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The sends of one connection on their way through the log. Gathers those of one read batch in a {@link SendBatch} and
 * appends them together at its end. Only on the connection's I/O thread.
 */
@HotPath
final class ProduceLane {
    /** A batch of sends is appended before the read batch ends when it grew this large. */
    private static final int BATCH_BYTES_MAX = 1 << 20;

    private final Connection connection;
    private final ProduceService produce;
    private final MessageLog log;
    private final Intake intake = new Intake();
    private final Send send = new Send();
    private final SendAnswer answer;
    private final ArrayDeque<SendBatch> idle = new ArrayDeque<>();
    private final Runnable submit = this::submit;
    private final Predicate<String> mayPublish;
    private final byte[] bornHost;
    private @Nullable SendBatch filling;

    ProduceLane(Connection connection, ProduceService produce, MessageLog log) {
        this.connection = connection;
        this.produce = produce;
        this.log = log;
        this.answer = new SendAnswer(produce);
        this.mayPublish = topic -> Session.mayPublish(connection, topic);
        this.bornHost = ProduceService.hostBytes(connection.remoteAddress());
    }

    Connection connection() {
        return connection;
    }

    /** Writes answers on this connection. */
    SendAnswer answer() {
        return answer;
    }

    /** The send to fill for the next {@link #take}; reused. */
    Send send() {
        send.bornHost = bornHost;
        send.mayPublish = mayPublish;
        return send;
    }

    /**
     * Takes a send into the current batch; it is answered when that is durable.
     *
     * @return why it was not taken, and has to be answered by the caller; null when it was
     */
    @Nullable
    Refused take(Send from, int opaque, boolean isBinary, boolean isOneWay, int frameBytes) {
        SendBatch batch = filling;
        if (batch == null) {
            batch = idle.isEmpty() ? new SendBatch(this) : idle.pop();
            filling = batch;
            connection.atEndOfReadBatch(submit);
        }
        int first = batch.records().count();
        Refused refused = produce.take(from, intake, batch.records());
        if (refused != null) {
            return refused;
        }
        connection.deferred(frameBytes);
        batch.add(opaque, isBinary, isOneWay, from.isBatch, first, frameBytes, intake);
        String batchId = from.isBatch ? intake.batchId() : null;
        if (batchId != null) {
            batch.nameLast(batchId);
        }
        if (batch.records().end() >= BATCH_BYTES_MAX) {
            submit();
        }
        return null;
    }

    /** Appends what was taken. */
    void submit() {
        SendBatch batch = filling;
        if (batch == null) {
            return;
        }
        filling = null;
        if (batch.records().count() == 0) {
            recycle(batch);
        } else {
            log.append(batch.records());
        }
    }

    void recycle(SendBatch batch) {
        batch.clear();
        if (idle.size() < 4) {
            idle.push(batch);
        }
    }

    static Reply refusal(Refusal refusal) {
        return switch (refusal) {
            case DISK_FULL ->
                Reply.of(
                        ResponseCode.SERVICE_NOT_AVAILABLE,
                        "the broker's disk is full: free some space, sends go on then");
            case FAULT ->
                Reply.of(
                        ResponseCode.SERVICE_NOT_AVAILABLE,
                        "the broker's disk failed; whether this was stored is unknown");
            case CLOSED -> Reply.of(ResponseCode.SERVICE_NOT_AVAILABLE, "the broker is stopping");
            case NOT_LEADER ->
                Reply.of(
                        ResponseCode.SERVICE_NOT_AVAILABLE,
                        "another member of the group leads now; whether this was stored is unknown, send it again");
            case TOO_LARGE ->
                Reply.of(ResponseCode.MESSAGE_ILLEGAL, "the messages are larger than a log segment holds");
        };
    }
}
