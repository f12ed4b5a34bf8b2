package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What an answer to a send says. */
final class Promise {
    private Promise() {}

    /** Whether the send was answered with "taken". */
    static boolean wasTaken(CompletableFuture<?> send) {
        if (send.isCompletedExceptionally()) {
            return false;
        }
        return send.join() instanceof Answer.Done<?>(List<?> answers) && answers.getFirst() instanceof Answer.Done<?>;
    }
}
