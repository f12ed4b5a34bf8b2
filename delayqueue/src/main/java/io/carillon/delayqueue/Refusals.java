package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Refusal;
import java.util.concurrent.CompletableFuture;

/** Answers that several parts give in the same words. */
final class Refusals {
    private static final long RETRY_MS = 1_000;

    private Refusals() {}

    /** Says that nothing was changed only where that is so. */
    static Refusal unavailable(StoreFailure failure) {
        String part = failure.store().part();
        return failure.isUntouched()
                ? unavailable(failure.store())
                : new Refusal.OutcomeUnknown(
                        part,
                        part
                                + " did not answer, so whether this was done is unknown: look, or ask again when it is back;"
                                + " a send with the same idempotency key is taken once",
                        RETRY_MS);
    }

    static Refusal unavailable(StoreFailure.Store store) {
        return new Refusal.Unavailable(
                store.part(),
                store.part() + " does not answer now; nothing was changed, try again when it is back",
                RETRY_MS);
    }

    static Refusal noTopic(String topic) {
        return new Refusal.Missing(Refusal.Missing.What.TOPIC, topic);
    }

    static Refusal noGroup(String group) {
        return new Refusal.Missing(Refusal.Missing.What.GROUP, group);
    }

    static Refusal noMessage(String id) {
        return new Refusal.Missing(Refusal.Missing.What.MESSAGE, id);
    }

    /** Whether what was asked about does not exist. */
    static boolean isMissing(Answer<?> answer) {
        return answer instanceof Answer.Refused<?>(Refusal why) && why instanceof Refusal.Missing;
    }

    static <T> CompletableFuture<Answer<T>> refused(Refusal why) {
        return CompletableFuture.completedFuture(Answer.refused(why));
    }
}
