package io.carillon.rocketmq;

import io.carillon.broker.consume.LongPolls;
import io.carillon.broker.consume.Poll;
import io.carillon.broker.consume.Pull;
import io.carillon.broker.filter.MessageFilter;
import io.carillon.log.ConsumeQueue;
import io.carillon.remoting.Connection;
import io.carillon.remoting.ReplyTo;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The pulls of one connection that wait for messages. Used on the connection's I/O thread alone, but for {@link
 * #resume}.
 *
 * <p>Whoever wakes a pull puts it on a stack, and only the one who finds the stack empty calls the I/O thread: so a
 * batch of messages costs one wake-up and one socket write for each connection, however many of its pulls it wakes.
 */
final class WaitingPulls {
    /** Answers a pull whose wait is over, on the connection's I/O thread. */
    @FunctionalInterface
    interface Answerer {
        void answer(Waiting pull);
    }

    private final Connection connection;
    private final Answerer answerer;
    private final Set<Waiting> waiting = new HashSet<>();
    private final AtomicReference<@Nullable Waiting> woken = new AtomicReference<>();

    private WaitingPulls(Connection connection, Answerer answerer) {
        this.connection = connection;
        this.answerer = answerer;
    }

    /** A pull that waits. */
    static final class Waiting extends Poll {
        private final WaitingPulls pulls;
        private final Pull pull;
        private final ReplyTo to;
        private @Nullable Waiting nextWoken;

        /** @param offset where the wait begins: not before the pull's own */
        Waiting(WaitingPulls pulls, Pull pull, ReplyTo to, ConsumeQueue queue, long offset, MessageFilter filter) {
            super(queue, offset, filter);
            this.pulls = pulls;
            this.pull = pull;
            this.to = to;
        }

        Pull pull() {
            return pull;
        }

        ReplyTo to() {
            return to;
        }

        @Override
        protected void resume() {
            pulls.resume(this);
        }
    }

    /** Those of a connection, made on first use; when it closes, all that wait are dropped. */
    static WaitingPulls of(Connection connection, LongPolls polls, Answerer answerer) {
        WaitingPulls known = connection.attachment(WaitingPulls.class);
        if (known != null) {
            return known;
        }
        WaitingPulls pulls = new WaitingPulls(connection, answerer);
        connection.attach(WaitingPulls.class, pulls);
        connection.onClose(() -> pulls.drop(polls));
        return pulls;
    }

    void add(Waiting pull) {
        waiting.add(pull);
    }

    void remove(Waiting pull) {
        waiting.remove(pull);
    }

    /** Any thread. */
    private void resume(Waiting pull) {
        Waiting head = woken.get();
        pull.nextWoken = head;
        while (!woken.compareAndSet(head, pull)) {
            head = woken.get();
            pull.nextWoken = head;
        }
        if (head == null) {
            Late.run(connection, this::answerWoken);
        }
    }

    private void answerWoken() {
        Waiting pull = woken.getAndSet(null);
        while (pull != null) {
            Waiting next = pull.nextWoken;
            pull.nextWoken = null;
            waiting.remove(pull);
            answerer.answer(pull);
            pull = next;
        }
    }

    private void drop(LongPolls polls) {
        waiting.forEach(polls::drop);
        waiting.clear();
    }
}
