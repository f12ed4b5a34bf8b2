package io.carillon.rocketmq;

import io.carillon.broker.transaction.Decision;
import io.carillon.broker.transaction.EndTransaction;
import io.carillon.broker.transaction.Ended;
import io.carillon.broker.transaction.TransactionService;
import io.carillon.message.MessageId;
import io.carillon.message.SysFlag;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Decides transactions (37), which official clients ask one-way, and begins anew to ask about those that nobody decided
 * (323). Each connection has an {@link EndLane} that hands the decisions of one read batch to the log together.
 */
final class TransactionHandler implements Handlers {
    private static final int UNKNOWN = 0;

    private final TransactionService transactions;
    private final Aside aside;

    TransactionHandler(TransactionService transactions, Aside aside) {
        this.transactions = transactions;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.END_TRANSACTION, this::end).on(RequestCode.RESUME_CHECK_HALF_MESSAGE, this::resume);
    }

    private void end(Request request) {
        int wanted = request.requiredInt("commitOrRollback");
        if (wanted == UNKNOWN) { // the producer does not know yet: it is asked again
            request.reply(Reply.ok());
            return;
        }
        Connection connection = request.connection();
        // The guard cannot know the half's topic: clients up to 4.9 name none, and nobody keeps others from naming any.
        EndTransaction end = new EndTransaction(
                request.required("producerGroup"),
                request.requiredLong("commitLogOffset"),
                request.requiredLong("tranStateTableOffset"),
                decision(wanted),
                request.booleanOr("fromTransactionCheck", false),
                Objects.requireNonNullElse(request.ext("msgId"), ""),
                topic -> Session.mayPublish(connection, topic));
        if (transactions.isCold(end.logOffset())) {
            aside.answerLater(request, replyTo -> transactions.end(end, ended -> replyTo.send(reply(ended))));
        } else {
            laneOf(request.connection()).add(end, request);
        }
    }

    private static Decision decision(int wanted) {
        return switch (wanted) {
            case SysFlag.TRANSACTION_COMMIT -> Decision.COMMIT;
            case SysFlag.TRANSACTION_ROLLBACK -> Decision.ROLLBACK;
            default ->
                throw new BadRequest(
                        ResponseCode.INVALID_PARAMETER,
                        "commitOrRollback should be 8 to commit, 12 to roll back, or 0, not " + wanted);
        };
    }

    private EndLane laneOf(Connection connection) {
        EndLane lane = connection.attachment(EndLane.class);
        if (lane == null) {
            lane = new EndLane(connection, transactions);
            connection.attach(EndLane.class, lane);
        }
        return lane;
    }

    private void resume(Request request) {
        long logOffset = logOffsetOf(request.required("msgId"));
        Connection connection = request.connection();
        // What the request names proves nothing, as in a decision. Who named no topic may change the whole cluster.
        Predicate<String> maySendTo =
                Rights.has(request, "topic") ? topic -> Session.mayPublish(connection, topic) : _ -> true;
        aside.answerLater(
                request, replyTo -> transactions.resume(logOffset, maySendTo, ended -> replyTo.send(reply(ended))));
    }

    private static long logOffsetOf(String msgId) {
        try {
            return MessageId.parse(msgId).logOffset();
        } catch (IllegalArgumentException e) {
            throw new BadRequest(
                    "msgId should be the offset message id of the half, or of its message in the topic of those that"
                            + " nobody decided: " + e.getMessage());
        }
    }

    static Reply reply(Ended ended) {
        return switch (ended) {
            case Ended.Done _ -> Reply.ok();
            case Ended.NotStored(var why) -> ProduceLane.refusal(why);
            case Ended.Refused(var reason, var detail) -> Reply.of(codeOf(reason), detail);
        };
    }

    private static int codeOf(Ended.Reason reason) {
        return switch (reason) {
            case NO_HALF, WRONG, DECIDED, FAILED -> ResponseCode.SYSTEM_ERROR;
            case NO_PERMISSION -> ResponseCode.NO_PERMISSION;
            case TOO_LATE -> ResponseCode.ILLEGAL_OPERATION;
            case NO_TOPIC -> ResponseCode.TOPIC_NOT_EXIST;
        };
    }
}
