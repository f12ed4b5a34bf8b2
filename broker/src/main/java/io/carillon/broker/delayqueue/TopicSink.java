package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Sink;
import io.carillon.base.delayqueue.Stored;
import io.carillon.base.delayqueue.When;
import io.carillon.message.MessageRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * FACE: stores what another delay queue has due in the topics of this broker, in the form in which the engine within the
 * broker stores what is sent over HTTP. A message that is handed over again within the log's dedup window is stored once.
 */
public final class TopicSink implements Sink {
    /** What the broker adds to the properties of a message. */
    private static final int GROWTH_BYTES = 512;

    private final Parts parts;
    private final Names names;
    private final Sends sends;

    public TopicSink(Parts parts) {
        this.parts = parts;
        names = new Names(parts.admin());
        sends = new Sends(parts);
    }

    @Override
    public Optional<Refusal> faultOf(String topic, NewMessage message) {
        Refusal fault = names.faultOfTopic(topic);
        if (fault == null) {
            fault = faultOfSizes(message);
        }
        return Optional.ofNullable(
                fault == null ? sends.fault(due(message), parts.ticker().nowMs()) : fault);
    }

    /** Its sender's words about when and how often do not matter any more once it is due. */
    private static NewMessage due(NewMessage message) {
        return message.withWhen(When.now()).withIdempotencyKey("").withRetry(null);
    }

    private @Nullable Refusal faultOfSizes(NewMessage message) {
        int bodyMax = parts.config().get().messageSizeMax().intBytes();
        if (message.body().length > bodyMax) {
            return new Refusal.OverLimit("body_bytes_max", bodyMax, message.body().length);
        }
        int headersMax = MessageRecord.PROPERTIES_BYTES_MAX - GROWTH_BYTES;
        try {
            int bytes = StoredForm.properties(message, "", "", 0, 0).length;
            return bytes > headersMax
                    ? new Refusal.Invalid(
                            "headers",
                            "as the broker stores them, they take " + bytes + " bytes, and it takes " + headersMax
                                    + " at most: send fewer or shorter ones")
                    : null;
        } catch (IllegalArgumentException e) {
            return new Refusal.Invalid("headers", String.valueOf(e.getMessage()));
        }
    }

    @Override
    public CompletableFuture<List<Outcome>> deliver(String topic, List<Due> due) {
        Refusal fault = names.faultOfTopic(topic);
        if (fault != null) {
            return CompletableFuture.completedFuture(all(new Outcome.Never(fault.detail()), due.size()));
        }
        long nowMs = parts.ticker().nowMs();
        List<NewMessage> messages = new ArrayList<>(due.size());
        List<Sends.Origin> origins = new ArrayList<>(due.size());
        for (Due one : due) {
            messages.add(message(one.message(), nowMs));
            origins.add(new Sends.Origin(one.uniqueId(), one.message().id()));
        }
        return sends.send(topic, messages, origins).thenApply(answer -> outcomes(answer, due.size()));
    }

    /** What is left of its time to live counts from now on, when the broker has it. */
    private static NewMessage message(Stored stored, long nowMs) {
        long ttlMs = stored.ttlMs() == 0 ? 0 : Math.max(1, stored.dueMs() + stored.ttlMs() - nowMs);
        return NewMessage.of(stored.body(), When.now())
                .withKey(stored.key())
                .withTag(stored.tag())
                .withOrderingKey(stored.orderingKey())
                .withTtlMs(ttlMs)
                .withPriority(stored.priority())
                .withHeaders(stored.headers());
    }

    private static List<Outcome> outcomes(Answer<List<Answer<Sent>>> answer, int count) {
        return switch (answer) {
            case Answer.Done<List<Answer<Sent>>>(List<Answer<Sent>> each) ->
                each.stream().map(TopicSink::outcome).toList();
            case Answer.Refused<List<Answer<Sent>>>(Refusal why) -> all(new Outcome.Later(why.detail()), count);
        };
    }

    private static List<Outcome> all(Outcome outcome, int count) {
        return Collections.nCopies(count, outcome);
    }

    private static Outcome outcome(Answer<Sent> answer) {
        return switch (answer) {
            case Answer.Done<Sent> _ -> new Outcome.Taken();
            // Of the message itself: what the broker does not let in now, it may let in when its settings are others.
            case Answer.Refused<Sent>(Refusal why) ->
                why instanceof Refusal.Invalid || why instanceof Refusal.OverLimit
                        ? new Outcome.Never(why.detail())
                        : new Outcome.Later(why.detail());
        };
    }
}
