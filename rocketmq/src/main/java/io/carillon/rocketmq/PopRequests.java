package io.carillon.rocketmq;

import io.carillon.broker.pop.Pop;
import io.carillon.message.Subscription;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Request;
import io.carillon.remoting.ResponseCode;
import org.jspecify.annotations.Nullable;

/** Reads the headers of pops and of what is like them (protocol: codes 200050, 200052 and 200054). */
final class PopRequests {
    static final int MESSAGES_MAX = 32;
    private static final int FROM_END = 1;
    private static final int ATTEMPT_CHARS_MAX = 255;
    /** A request that comes later than this after its time is not served any more: its sender has given up. */
    private static final long LATE_MS = 500;

    private PopRequests() {}

    static Pop pop(Request request) {
        int messagesMax = request.requiredInt("maxMsgNums");
        if (messagesMax > MESSAGES_MAX) {
            throw new BadRequest(
                    ResponseCode.INVALID_PARAMETER,
                    "pop message's num is greater than " + MESSAGES_MAX + ": " + messagesMax);
        }
        return of(request, Math.max(1, messagesMax), request.requiredLong("invisibleTime"));
    }

    /** What a notice waits for. */
    static Pop notification(Request request) {
        return of(request, 1, 0);
    }

    private static Pop of(Request request, int messagesMax, long invisibleMs) {
        return new Pop(
                request.required("consumerGroup"),
                request.required("topic"),
                request.requiredInt("queueId"),
                messagesMax,
                invisibleMs,
                request.intOr("initMode", 0) == FROM_END,
                text(request.ext("exp"), ""),
                text(request.ext("expType"), Subscription.TAG),
                request.booleanOr("order", false),
                attemptId(request.ext("attemptId")));
    }

    static Pop peek(Request request) {
        return new Pop(
                request.required("consumerGroup"),
                request.required("topic"),
                request.requiredInt("queueId"),
                Math.clamp(request.requiredInt("maxMsgNums"), 1, MESSAGES_MAX),
                0,
                false,
                "",
                Subscription.TAG,
                false,
                null);
    }

    /** How long the answer may be held back when there is nothing; -1 when it is too late for any other. */
    static long waitMs(Request request, long nowMs) {
        long pollMs = request.requiredLong("pollTime");
        long bornMs = request.longOr("bornTime", 0);
        // The clock of a client may be wrong; when it is slow, its wait is shorter, when it is fast, not longer.
        long leftMs = bornMs <= 0 ? pollMs : Math.min(pollMs, bornMs + pollMs - nowMs);
        return leftMs < -LATE_MS ? -1 : Math.max(0, leftMs);
    }

    private static String text(@Nullable String value, String otherwise) {
        return value == null ? otherwise : value;
    }

    /** It is kept with the queue, so it must not be of any length. */
    private static @Nullable String attemptId(@Nullable String value) {
        if (value != null && value.length() > ATTEMPT_CHARS_MAX) {
            throw new BadRequest(
                    ResponseCode.INVALID_PARAMETER,
                    "attemptId has " + value.length() + " characters, at most " + ATTEMPT_CHARS_MAX + " are taken");
        }
        return value == null || value.isEmpty() ? null : value;
    }
}
