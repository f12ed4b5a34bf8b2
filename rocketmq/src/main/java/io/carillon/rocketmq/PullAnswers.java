package io.carillon.rocketmq;

import io.carillon.broker.consume.PullResult.Looked;
import io.carillon.broker.consume.PullResult.Reason;
import io.carillon.broker.consume.PullResult.Refused;
import io.carillon.broker.consume.PullResult.Status;
import io.carillon.remoting.FrameWriter;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.ResponseCode;

/** Writes the headers of answers to pulls. All numbers are always there: clients read them whatever the code is. */
final class PullAnswers {
    private PullAnswers() {}

    /** Begins the answer; messages may follow as its body. */
    static void begin(FrameWriter writer, ReplyTo to, Looked looked) {
        writer.begin(to, code(looked.status()), remark(looked));
        numbers(writer, looked.next(), looked.min(), looked.max());
    }

    /** Writes the whole answer. */
    static void refuse(FrameWriter writer, ReplyTo to, Refused refused) {
        writer.begin(to, code(refused.reason()), refused.text());
        numbers(writer, 0, 0, 0);
        writer.end();
    }

    private static void numbers(FrameWriter writer, long next, long min, long max) {
        writer.ext("suggestWhichBrokerId", 0);
        writer.ext("nextBeginOffset", next);
        writer.ext("minOffset", min);
        writer.ext("maxOffset", max);
    }

    private static int code(Status status) {
        return switch (status) {
            case FOUND -> ResponseCode.SUCCESS;
            case NONE_MATCHED, REMOVED -> ResponseCode.PULL_RETRY_IMMEDIATELY;
            case AT_END, HOLE -> ResponseCode.PULL_NOT_FOUND;
            case TOO_LARGE, TOO_SMALL, NEVER_FILLED, RESET -> ResponseCode.PULL_OFFSET_MOVED;
        };
    }

    /** The names that RocketMQ has for these situations; tools and logs show them. */
    private static String remark(Looked looked) {
        return switch (looked.status()) {
            case FOUND -> "FOUND";
            case NONE_MATCHED -> "NO_MATCHED_MESSAGE";
            case REMOVED -> "MESSAGE_WAS_REMOVING";
            case AT_END -> looked.max() == 0 ? "NO_MESSAGE_IN_QUEUE" : "OFFSET_OVERFLOW_ONE";
            case HOLE -> "OFFSET_FOUND_NULL";
            case TOO_LARGE -> "OFFSET_OVERFLOW_BADLY";
            case TOO_SMALL -> "OFFSET_TOO_SMALL";
            case NEVER_FILLED -> "NO_MESSAGE_IN_QUEUE";
            case RESET -> "OFFSET_RESET";
        };
    }

    static int code(Reason reason) {
        return switch (reason) {
            case NO_GROUP -> ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST;
            case NO_TOPIC -> ResponseCode.TOPIC_NOT_EXIST;
            case NO_PERMISSION -> ResponseCode.NO_PERMISSION;
            case BAD_QUEUE -> ResponseCode.INVALID_PARAMETER;
            case BAD_EXPRESSION -> ResponseCode.SUBSCRIPTION_PARSE_FAILED;
            case NO_SUBSCRIPTION -> ResponseCode.SUBSCRIPTION_NOT_EXIST;
            case OLD_SUBSCRIPTION -> ResponseCode.SUBSCRIPTION_NOT_LATEST;
            case BAD_SUBSCRIPTION -> ResponseCode.FILTER_DATA_NOT_EXIST;
            case FILTER_UNSUPPORTED -> ResponseCode.SYSTEM_ERROR;
        };
    }
}
