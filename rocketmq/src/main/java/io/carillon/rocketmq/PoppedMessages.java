package io.carillon.rocketmq;

import io.carillon.broker.pop.Pop;
import io.carillon.broker.pop.PopService;
import io.carillon.broker.pop.Popped;
import io.carillon.broker.pop.PoppedPart;
import io.carillon.broker.pop.RetryKind;
import io.carillon.remoting.FrameWriter;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.ResponseCode;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Writes the messages of an answer to a pop. What is of the topic itself goes from the log straight into the
 * connection's buffer; what is of its retries is put together anew. What retention has removed meanwhile is left out.
 */
final class PoppedMessages {
    private final PopService service;
    private final String brokerName;
    private final Executor coldReads;
    private final ThreadLocal<RetriedRecord> retried = ThreadLocal.withInitial(RetriedRecord::new);

    PoppedMessages(PopService service, String brokerName, Executor coldReads) {
        this.service = service;
        this.brokerName = brokerName;
        this.coldReads = coldReads;
    }

    /**
     * Answers. On the connection's I/O thread.
     *
     * @param nothingLeft runs there instead of an answer when none of the messages is there any more
     */
    void answer(Pop pop, Popped popped, ReplyTo to, Runnable nothingLeft) {
        if (service.isCold(popped)) {
            coldReads.execute(() -> answerCold(pop, popped, to, nothingLeft));
        } else {
            write(popped, bodies(pop, popped, false), to, nothingLeft);
        }
    }

    private void answerCold(Pop pop, Popped popped, ReplyTo to, Runnable nothingLeft) {
        try {
            List<byte[]> bodies = bodies(pop, popped, true);
            Late.run(to.connection(), () -> write(popped, bodies, to, nothingLeft));
        } catch (RuntimeException e) {
            to.send(PopAnswers.nothing(ResponseCode.SYSTEM_ERROR, String.valueOf(e.getMessage())));
        }
    }

    /** The messages that must be put together, in the order of the answer; those that are copied later are left out. */
    private List<byte[]> bodies(Pop pop, Popped popped, boolean withAll) {
        List<byte[]> bodies = new ArrayList<>();
        for (PoppedPart part : popped.parts()) {
            for (int i = 0; i < part.count() && (withAll || part.kind() != RetryKind.NONE); ) {
                byte[] body = body(pop, popped, part, i);
                if (body == null) {
                    service.lost(part, i);
                } else {
                    bodies.add(body);
                    i++;
                }
            }
        }
        return bodies;
    }

    private byte @Nullable [] body(Pop pop, Popped popped, PoppedPart part, int i) {
        if (part.kind() == RetryKind.NONE) {
            ByteBuffer bytes = ByteBuffer.allocate(part.size(i));
            return service.copy(part, i, bytes) ? bytes.array() : null;
        }
        MemorySegment record = service.record(part, i);
        if (record == null) {
            return null;
        }
        String receipt = Receipt.text(
                part.start(),
                popped.poppedMs(),
                popped.invisibleMs(),
                popped.isOrdered(),
                part.kind(),
                brokerName,
                part.queue(),
                part.offset(i));
        return retried.get().of(record, pop.topic(), receipt);
    }

    private void write(Popped popped, List<byte[]> bodies, ReplyTo to, Runnable nothingLeft) {
        while (!tryWrite(popped, bodies, to, nothingLeft)) {
            // What is gone was taken out: its offsets must not stand in the header.
        }
    }

    private boolean tryWrite(Popped popped, List<byte[]> bodies, ReplyTo to, Runnable nothingLeft) {
        popped.parts().removeIf(part -> part.count() == 0);
        if (popped.parts().isEmpty()) {
            nothingLeft.run();
            return true;
        }
        FrameWriter writer = to.connection().writer();
        PopAnswers.begin(writer, to, popped);
        try {
            boolean isWhole = put(popped, bodies, writer);
            if (isWhole) {
                writer.end();
            } else {
                writer.abandon();
            }
            return isWhole;
        } catch (RuntimeException e) {
            writer.abandon();
            throw e;
        }
    }

    private boolean put(Popped popped, List<byte[]> bodies, FrameWriter writer) {
        int made = bodies.stream().mapToInt(body -> body.length).sum();
        boolean isAllMade = bodies.size()
                == popped.parts().stream().mapToInt(PoppedPart::count).sum();
        int copied = isAllMade ? 0 : plainBytes(popped);
        ByteBuffer into = writer.body(made + copied);
        int next = 0;
        for (PoppedPart part : popped.parts()) {
            boolean isMade = isAllMade || part.kind() != RetryKind.NONE;
            for (int i = 0; i < part.count(); i++) {
                if (isMade) {
                    into.put(bodies.get(next++));
                } else if (!service.copy(part, i, into)) {
                    service.lost(part, i);
                    return false;
                }
            }
        }
        return true;
    }

    private static int plainBytes(Popped popped) {
        return popped.parts().stream()
                .filter(part -> part.kind() == RetryKind.NONE)
                .mapToInt(PoppedPart::bytes)
                .sum();
    }
}
