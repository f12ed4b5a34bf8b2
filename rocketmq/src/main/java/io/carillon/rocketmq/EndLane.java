package io.carillon.rocketmq;

import io.carillon.broker.transaction.EndTransaction;
import io.carillon.broker.transaction.Ended;
import io.carillon.broker.transaction.Settlement;
import io.carillon.broker.transaction.TransactionService;
import io.carillon.remoting.Connection;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The decisions of one connection: those of one read batch become one entry of the log. Only on the connection's I/O
 * thread.
 */
final class EndLane {
    private final Connection connection;
    private final TransactionService transactions;
    private final Runnable submit = this::submit;
    private @Nullable Settlement filling;
    /** Of requests that get no answer: what they take counts until the settlement is done. */
    private int oneWayBytes;

    EndLane(Connection connection, TransactionService transactions) {
        this.connection = connection;
        this.transactions = transactions;
        // A producer that decides and goes has decided.
        connection.onClose(submit);
    }

    /** Answers when the decision is durable, or at once when it is refused. */
    void add(EndTransaction end, Request request) {
        ReplyTo replyTo = request.replyTo();
        Ended at = transactions.decide(end, settlement(), ended -> replyTo.send(TransactionHandler.reply(ended)));
        if (at != null) {
            replyTo.send(TransactionHandler.reply(at));
        } else if (request.isOneWay()) {
            connection.deferred(request.frameBytes());
            oneWayBytes += request.frameBytes();
        }
        if (settlement().isFull()) {
            submit();
        }
    }

    private Settlement settlement() {
        Settlement current = filling;
        if (current == null) {
            current = transactions.begin();
            filling = current;
            connection.atEndOfReadBatch(submit);
        }
        return current;
    }

    private void submit() {
        Settlement full = filling;
        if (full == null) {
            return;
        }
        int bytes = oneWayBytes;
        filling = null;
        oneWayBytes = 0;
        full.submit(() -> settle(bytes));
    }

    private void settle(int bytes) {
        if (bytes == 0) {
            return;
        }
        try {
            connection.ioThread().execute(() -> connection.settled(bytes));
        } catch (RejectedExecutionException _) {
            // The process closes its I/O threads, and with them the connection.
        }
    }
}
