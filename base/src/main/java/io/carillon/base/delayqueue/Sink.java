package io.carillon.base.delayqueue;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * PORT: where due messages go by themselves, without a pull, such as topics of a broker. A crash hands a message over once
 * more, with the unique id that it had before: who stores it can know it again by that. Any thread may call.
 */
public interface Sink {
    /**
     * A message to be stored.
     *
     * @param uniqueId 32 hexadecimal digits; no other message of any delay queue has it
     */
    record Due(String uniqueId, Stored message) {}

    /** What became of a message. */
    sealed interface Outcome {
        /** It is stored, now or before, as durably as the sink stores anything. */
        record Taken() implements Outcome {}

        /** Not now: the same message may be taken later. */
        record Later(String why) implements Outcome {}

        /** The same message would be refused again and again. */
        record Never(String why) implements Outcome {}
    }

    /** Why a message of this topic would never be taken, for the one who sends it; empty when it may be. */
    Optional<Refusal> faultOf(String topic, NewMessage message);

    /**
     * Stores messages of one topic.
     *
     * @return an outcome for each, in their order; fails when it is not known what became of them. The call does not wait for
     *     a disk.
     */
    CompletableFuture<List<Outcome>> deliver(String topic, List<Due> due);
}
