package io.carillon.rocketmq;

import io.carillon.broker.pop.PopResult;
import io.carillon.broker.pop.Popped;
import io.carillon.broker.pop.PoppedPart;
import io.carillon.log.Refusal;
import io.carillon.remoting.FrameWriter;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.ResponseCode;

/** The headers of answers to pops. All numbers are always there: clients read them whatever the code is. */
final class PopAnswers {
    private PopAnswers() {}

    /** Begins the answer; the messages follow as its body. */
    static void begin(FrameWriter writer, ReplyTo to, Popped popped) {
        writer.begin(to, ResponseCode.SUCCESS, "FOUND");
        writer.ext("popTime", popped.poppedMs());
        writer.ext("invisibleTime", popped.invisibleMs());
        writer.ext("reviveQid", Receipt.reviveQueue(popped.isOrdered()));
        writer.ext("restNum", popped.rest());
        writer.ext("startOffsetInfo", starts(popped));
        writer.ext("msgOffsetInfo", offsets(popped));
        if (popped.isOrdered()) {
            writer.ext("orderCountInfo", counts(popped));
        }
    }

    private static String starts(Popped popped) {
        StringBuilder text = new StringBuilder(32);
        for (PoppedPart part : popped.parts()) {
            place(text, part).append(part.start());
        }
        return text.toString();
    }

    private static StringBuilder place(StringBuilder text, PoppedPart part) {
        if (!text.isEmpty()) {
            text.append(';');
        }
        return text.append(part.kind().mark()).append(' ').append(part.queue()).append(' ');
    }

    private static String offsets(Popped popped) {
        StringBuilder text = new StringBuilder(128);
        for (PoppedPart part : popped.parts()) {
            place(text, part);
            for (int i = 0; i < part.count(); i++) {
                text.append(i == 0 ? "" : ",").append(part.offset(i));
            }
        }
        return text.toString();
    }

    /** How often each message was handed out before, and for older clients the least of these for each queue. */
    private static String counts(Popped popped) {
        StringBuilder text = new StringBuilder(64);
        for (PoppedPart part : popped.parts()) {
            int least = Integer.MAX_VALUE;
            for (int i = 0; i < part.count(); i++) {
                least = Math.min(least, part.tries(i));
                if (part.tries(i) > 0) {
                    text.append(text.isEmpty() ? "" : ";").append(part.kind().mark());
                    text.append(" qo").append(part.queue()).append('%').append(part.offset(i));
                    text.append(' ').append(part.tries(i));
                }
            }
            place(text, part).append(least == Integer.MAX_VALUE ? 0 : least);
        }
        return text.toString();
    }

    static Reply nothing(int code, String remark) {
        return Reply.of(code, remark)
                .ext("popTime", 0)
                .ext("invisibleTime", 0)
                .ext("reviveQid", 0)
                .ext("restNum", 0);
    }

    static Reply refused(PopResult.Refused refused) {
        return nothing(PullAnswers.code(refused.reason()), refused.text());
    }

    static Reply notStored(Refusal why) {
        Reply plain = Aside.refusal(why);
        return nothing(plain.code(), plain.remark() == null ? "" : plain.remark());
    }
}
