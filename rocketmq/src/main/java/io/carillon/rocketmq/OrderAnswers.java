package io.carillon.rocketmq;

import io.carillon.remoting.Reply;
import io.carillon.remoting.ResponseCode;
import io.carillon.schedule.Outcome;
import io.carillon.schedule.Waiting;
import java.util.Optional;

/** What an order about a waiting message is answered with: a code, its outcome, and a sentence for people. */
final class OrderAnswers {
    /** Not an outcome of the schedule's own: the name did not say which message is meant. */
    private static final String AMBIGUOUS = "AMBIGUOUS";

    private static final String OUTCOME = "outcome";

    private final WaitingFinder finder;

    OrderAnswers(WaitingFinder finder) {
        this.finder = finder;
    }

    /** What was ordered. */
    enum Kind {
        CANCEL("was cancelled: it is never delivered"),
        RESCHEDULE("is due at another time now"),
        DELIVER_NOW("left at once");

        private final String done;

        Kind(String done) {
            this.done = done;
        }
    }

    /** Reads from the disk to say under which id a moved message waits now. */
    Reply answer(Kind kind, Waiting one, Outcome outcome) {
        Optional<Waiting> next = outcome == Outcome.NOT_FOUND || (outcome == Outcome.DONE && kind == Kind.RESCHEDULE)
                ? finder.successor(one)
                : Optional.empty();
        Reply reply = Reply.of(
                        code(kind, outcome),
                        "message " + WaitingName.text(one) + " " + text(kind, one, outcome)
                                + next.map(it -> "; its id is " + WaitingName.text(it) + " now")
                                        .orElse(""))
                .ext(OUTCOME, outcome.name())
                .ext("id", WaitingName.text(one))
                .ext("topic", one.topic())
                .ext("uniqueId", one.uniqueId());
        next.ifPresent(it -> reply.ext("newId", WaitingName.text(it)).ext("dueMs", it.dueMs()));
        return reply;
    }

    private static int code(Kind kind, Outcome outcome) {
        return switch (outcome) {
            case DONE -> ResponseCode.SUCCESS;
            // Who cancels twice has what they want.
            case CANCELLED -> kind == Kind.CANCEL ? ResponseCode.SUCCESS : ResponseCode.ILLEGAL_OPERATION;
            case LEFT, HELD, KEY_TAKEN, TOO_MANY_KEYS -> ResponseCode.ILLEGAL_OPERATION;
            case NOT_FOUND -> ResponseCode.QUERY_NOT_FOUND;
            case REFUSED -> ResponseCode.SERVICE_NOT_AVAILABLE;
        };
    }

    private static String text(Kind kind, Waiting one, Outcome outcome) {
        return switch (outcome) {
            case DONE -> kind.done;
            case LEFT -> "left before: it was delivered, or given up as too late";
            case CANCELLED -> "was cancelled before";
            case NOT_FOUND -> "does not wait any more";
            case HELD -> "stays: its topic " + one.topic() + " is paused, or takes nothing now";
            case REFUSED -> "is as it was: the broker takes nothing now";
            case KEY_TAKEN, TOO_MANY_KEYS -> "is as it was: " + outcome;
        };
    }

    static Reply unknown(WaitingName name) {
        return Reply.of(ResponseCode.QUERY_NOT_FOUND, "no message " + name + " is known")
                .ext(OUTCOME, Outcome.NOT_FOUND.name());
    }

    static Reply ambiguous(WaitingName name) {
        return Reply.of(ResponseCode.ILLEGAL_OPERATION, "several messages " + name + " wait: name one by its id")
                .ext(OUTCOME, AMBIGUOUS);
    }

    static Reply ofTopic(Outcome outcome, String done) {
        return outcome == Outcome.DONE
                ? Reply.of(ResponseCode.SUCCESS, done).ext(OUTCOME, outcome.name())
                : Reply.of(ResponseCode.SERVICE_NOT_AVAILABLE, "nothing was changed: the broker takes nothing now")
                        .ext(OUTCOME, outcome.name());
    }
}
