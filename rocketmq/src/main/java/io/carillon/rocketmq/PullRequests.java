package io.carillon.rocketmq;

import io.carillon.broker.consume.Pull;
import io.carillon.message.Subscription;
import io.carillon.remoting.Request;

/** Reads the header of pull requests (protocol: codes 11 and 361). */
final class PullRequests {
    private static final int COMMIT_OFFSET = 1;
    private static final int SUSPEND = 2;
    private static final int SUBSCRIPTION = 4;
    private static final int CLASS_FILTER = 8;

    private static final int MESSAGES_DEFAULT = 32;

    private PullRequests() {}

    /** What is asked; the request may be reused afterwards. */
    static Pull pull(Request request) {
        int flags = request.requiredInt("sysFlag");
        boolean hasExpression = (flags & SUBSCRIPTION) != 0;
        return new Pull(
                request.required("consumerGroup"),
                request.required("topic"),
                request.requiredInt("queueId"),
                request.requiredLong("queueOffset"),
                request.intOr("maxMsgNums", MESSAGES_DEFAULT),
                request.intOr("maxMsgBytes", 0),
                (flags & COMMIT_OFFSET) == 0 ? -1 : request.longOr("commitOffset", -1),
                hasExpression ? text(request, "subscription", Subscription.ALL) : null,
                type(request, flags),
                hasExpression ? 0 : request.longOr("subVersion", 0));
    }

    /** How long the answer may be held back when there is nothing, in ms; 0 when it must not be. */
    static long waitMs(Request request) {
        boolean maySuspend = (request.requiredInt("sysFlag") & SUSPEND) != 0;
        return maySuspend ? Math.max(0, request.longOr("suspendTimeoutMillis", 0)) : 0;
    }

    /** Told without the expression, too: a new leader that had no heartbeat yet must know who sorts for itself. */
    private static String type(Request request, int flags) {
        return (flags & CLASS_FILTER) == 0 ? text(request, "expressionType", Subscription.TAG) : Subscription.CLASS;
    }

    private static String text(Request request, String name, String otherwise) {
        String value = request.ext(name);
        return value == null ? otherwise : value;
    }
}
