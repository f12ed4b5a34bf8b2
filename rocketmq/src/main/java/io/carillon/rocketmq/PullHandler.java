package io.carillon.rocketmq;

import io.carillon.broker.consume.LongPolls;
import io.carillon.broker.consume.Pull;
import io.carillon.broker.consume.PullPlan;
import io.carillon.broker.consume.PullResult;
import io.carillon.broker.consume.PullResult.Cold;
import io.carillon.broker.consume.PullResult.GroupMissing;
import io.carillon.broker.consume.PullResult.LightMissing;
import io.carillon.broker.consume.PullResult.Looked;
import io.carillon.broker.consume.PullResult.Refused;
import io.carillon.broker.consume.PullResult.Status;
import io.carillon.broker.consume.PullService;
import io.carillon.remoting.Connection;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.FrameWriter;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import io.carillon.rocketmq.WaitingPulls.Waiting;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Pulling, with long polling: request codes 11 and 361.
 *
 * <p>Everything runs on the connection's I/O thread, but for reads that wait for the disk: those are copied on a
 * thread of the cold reads and come back to the I/O thread to be written.
 */
final class PullHandler implements Handlers {
    private static final Logger LOG = System.getLogger(PullHandler.class.getName());

    private final PullService service;
    private final LongPolls polls;
    private final ThreadLocal<PullPlan> plans = ThreadLocal.withInitial(PullPlan::new);

    PullHandler(PullService service, LongPolls polls) {
        this.service = service;
        this.polls = polls;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.PULL_MESSAGE, this::pull).on(RequestCode.LITE_PULL_MESSAGE, this::pull);
    }

    /** Where an answer goes, and how long it may be held back when there is nothing; 0 when it must not be. */
    private record Asker(ReplyTo to, long waitMs) {
        Connection connection() {
            return to.connection();
        }
    }

    private void pull(Request request) {
        if (request.isOneWay()) {
            return;
        }
        Pull pull = PullRequests.pull(request);
        Asker asker = new Asker(request.replyTo(), PullRequests.waitMs(request));
        serve(pull, asker, true);
    }

    /** @param mayMakeGroup false when that was tried for this pull before */
    private void serve(Pull pull, Asker asker, boolean mayMakeGroup) {
        serve(pull, null, asker, mayMakeGroup);
    }

    /** @param waited as what the pull waited, null when it did not */
    private void serve(Pull pull, @Nullable Waiting waited, Asker asker, boolean mayMakeGroup) {
        try {
            look(pull, waited, asker, mayMakeGroup);
        } catch (RuntimeException e) {
            fail(asker.to(), e);
        }
    }

    /** Whatever goes wrong, the consumer gets one answer, and the thread that serves it goes on with others. */
    private static void fail(ReplyTo to, RuntimeException fault) {
        LOG.log(Level.WARNING, "a pull failed: remote=" + to.connection().remoteAddress(), fault);
        to.send(Reply.of(ResponseCode.SYSTEM_ERROR, String.valueOf(fault.getMessage())));
    }

    private void look(Pull pull, @Nullable Waiting waited, Asker asker, boolean mayMakeGroup) {
        PullPlan plan = plans.get();
        Connection connection = asker.connection();
        PullResult result = waited == null
                ? service.look(pull, connection, plan)
                : service.lookAgain(pull, connection, waited, plan);
        switch (result) {
            case Looked looked
            when mayWait(looked, waited, plan) && asker.waitMs() > 0 -> park(looked, pull, plan, asker);
            case Looked looked -> answer(looked, plan, asker.to());
            case Refused refused -> refuse(refused, asker.to());
            case Cold cold -> service.lookCold(pull, cold, plan, toAnswerLate(asker.to()));
            case GroupMissing missing when mayMakeGroup -> makeGroup(missing.group(), pull, asker);
            case LightMissing missing -> makeLight(missing.topic(), pull, asker);
            case GroupMissing missing -> refuse(service.noGroup(missing.group()), asker.to());
        }
    }

    /**
     * A pull that waited for its filter's sake is woken by each message that its tags let through, and goes on waiting
     * when the properties of all there are say no.
     */
    private static boolean mayWait(Looked looked, @Nullable Waiting waited, PullPlan plan) {
        boolean isWokenInVain = waited != null
                && plan.filter().needsRecord()
                && looked.status() == Status.NONE_MATCHED
                && looked.next() == looked.max();
        return isWokenInVain || (waited == null && looked.mayWait());
    }

    private void park(Looked looked, Pull pull, PullPlan plan, Asker asker) {
        if (!asker.connection().isOpen()) {
            return;
        }
        WaitingPulls pulls = WaitingPulls.of(asker.connection(), polls, this::answerLate);
        Waiting waiting = new Waiting(pulls, pull, asker.to(), plan.queue(), looked.next(), plan.filter());
        pulls.add(waiting);
        switch (polls.park(waiting, asker.waitMs())) {
            case PARKED -> {
                if (service.isReset(pull) && polls.drop(waiting)) {
                    pulls.remove(waiting);
                    serve(pull, waiting, asker, false);
                }
            }
            case READ_AGAIN -> {
                pulls.remove(waiting);
                // Answered whatever it gives: with a filter that wants nothing of a busy queue, this could go on for
                // ever.
                serve(pull, waiting, new Asker(asker.to(), 0), false);
            }
            case FULL -> {
                pulls.remove(waiting);
                answer(looked, plan, asker.to());
            }
        }
    }

    /** The wait is over, one way or the other: what there is now is the answer. */
    private void answerLate(Waiting waiting) {
        serve(waiting.pull(), waiting, new Asker(waiting.to(), polls.leftMs(waiting)), false);
    }

    private void makeGroup(String group, Pull pull, Asker asker) {
        service.createGroup(group, _ -> Late.run(asker.connection(), () -> serve(pull, asker, false)));
    }

    private void makeLight(String topic, Pull pull, Asker asker) {
        Refused refused = service.createLight(
                topic,
                refusal -> Late.run(asker.connection(), () -> {
                    if (refusal == null) {
                        serve(pull, asker, false);
                    } else {
                        asker.to().send(ProduceLane.refusal(refusal));
                    }
                }));
        if (refused != null) {
            refuse(refused, asker.to());
        }
    }

    private void refuse(Refused refused, ReplyTo to) {
        PullAnswers.refuse(to.connection().writer(), to, refused);
    }

    private void answer(Looked looked, PullPlan plan, ReplyTo to) {
        if (looked.status() == Status.FOUND && service.isCold(plan)) {
            service.copyCold(looked, plan, toAnswerLate(to));
            return;
        }
        Looked before = looked;
        Looked written = write(before, plan, to);
        while (!written.equals(before)) {
            before = written;
            written = write(before, plan, to);
        }
    }

    /** @return what was written; when it is not what was to be written, nothing was, and that is to be written instead */
    private Looked write(Looked looked, PullPlan plan, ReplyTo to) {
        FrameWriter writer = to.connection().writer();
        PullAnswers.begin(writer, to, looked);
        try {
            Looked copied =
                    looked.status() == Status.FOUND ? service.copy(looked, plan, writer.body(plan.bytes())) : looked;
            if (copied.equals(looked)) {
                writer.end();
            } else {
                writer.abandon();
            }
            return copied;
        } catch (RuntimeException e) {
            writer.abandon();
            throw e;
        }
    }

    private static PullService.ColdAnswer toAnswerLate(ReplyTo to) {
        return (found, messages, fault) -> Late.run(to.connection(), () -> answerCold(found, messages, fault, to));
    }

    private static void answerCold(Looked looked, ByteBuffer messages, @Nullable RuntimeException fault, ReplyTo to) {
        if (fault != null) {
            fail(to, fault);
            return;
        }
        FrameWriter writer = to.connection().writer();
        PullAnswers.begin(writer, to, looked);
        try {
            if (looked.status() == Status.FOUND) {
                writer.body(messages.remaining()).put(messages);
            }
            writer.end();
        } catch (RuntimeException e) {
            writer.abandon();
            fail(to, e);
        }
    }
}
