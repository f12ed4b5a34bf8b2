package io.carillon.rocketmq;

import io.carillon.base.CarillonException;
import io.carillon.broker.metadata.Change;
import io.carillon.log.Refusal;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.ResponseCode;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Answers what may wait for the disk off the I/O threads, so many at a time and no more. Any thread may call. */
final class Aside {
    private static final Logger LOG = System.getLogger(Aside.class.getName());

    private final Executor executor;
    private final Room room;

    /** @param executor runs work that blocks, such as one on virtual threads */
    Aside(Executor executor, Room room) {
        this.executor = executor;
        this.room = room;
    }

    /**
     * Computes the answer elsewhere and sends it.
     *
     * @param work must not touch the request, which is gone by then
     */
    void answer(Request request, Supplier<Reply> work) {
        answerLater(request, replyTo -> replyTo.send(work.get()));
    }

    /**
     * Does work elsewhere that answers, or has somebody answer later.
     *
     * @param work must not touch the request, which is gone by then
     */
    void answerLater(Request request, Consumer<ReplyTo> work) {
        answerLater(request.replyTo(), work);
    }

    /** As the other, for a request that is gone already. */
    void answerLater(ReplyTo replyTo, Consumer<ReplyTo> work) {
        if (!room.enter()) {
            replyTo.send(room.full());
            return;
        }
        executor.execute(() -> {
            try {
                run(work, replyTo);
            } finally {
                room.leave();
            }
        });
    }

    /** Goes on with a request that was let in before, and whose outcome somebody told who must not wait for the disk. */
    void goOn(ReplyTo replyTo, Consumer<ReplyTo> work) {
        try {
            executor.execute(() -> run(work, replyTo));
        } catch (RejectedExecutionException _) {
            // The process stops: nobody is left to be answered, and whoever tells outcomes must not stumble over it.
        }
    }

    private static void run(Consumer<ReplyTo> work, ReplyTo replyTo) {
        try {
            work.accept(replyTo);
        } catch (RuntimeException e) {
            replyTo.send(fault(e));
        }
    }

    private static Reply fault(RuntimeException fault) {
        if (fault instanceof BadRequest bad) {
            return Reply.of(bad.code(), bad.getMessage());
        }
        if (fault instanceof CarillonException) {
            LOG.log(Level.WARNING, "an admin request failed", fault);
            return Reply.of(ResponseCode.SYSTEM_ERROR, fault.getMessage());
        }
        // Without an answer the client would wait for its timeout; the trace is for us.
        LOG.log(Level.ERROR, "an admin request failed", fault);
        return Reply.of(ResponseCode.SYSTEM_ERROR, "internal error: " + fault);
    }

    /** Answers when a change of the replicated state is durable and in force. */
    static Change whenDone(ReplyTo replyTo) {
        return refusal -> replyTo.send(refusal == null ? Reply.ok() : refusal(refusal));
    }

    /** What to answer when a change of the replicated state was refused. */
    static Reply refusal(Refusal refusal) {
        return Reply.of(codeOf(refusal), textOf(refusal));
    }

    private static int codeOf(Refusal refusal) {
        return switch (refusal) {
            case DISK_FULL, FAULT, CLOSED, NOT_LEADER -> ResponseCode.SERVICE_NOT_AVAILABLE;
            case TOO_LARGE -> ResponseCode.SYSTEM_ERROR;
        };
    }

    private static String textOf(Refusal refusal) {
        return switch (refusal) {
            case DISK_FULL -> "the disk is full, nothing was changed";
            case FAULT -> "the log failed and takes nothing until the broker is started again, nothing was changed";
            case CLOSED -> "the broker is stopping, nothing was changed";
            case NOT_LEADER ->
                "another member of the group leads now; whether anything was changed is unknown, ask again";
            case TOO_LARGE -> "the change is larger than the log takes, nothing was changed";
        };
    }
}
