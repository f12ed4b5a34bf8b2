package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Refusal.Busy;
import io.carillon.base.delayqueue.Refusal.Missing;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Requests.Pull;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.broker.BrokerConfig;
import io.carillon.broker.consume.PopPoll;
import io.carillon.broker.consume.PullResult;
import io.carillon.broker.pop.Pop;
import io.carillon.broker.pop.PopConfig;
import io.carillon.broker.pop.PopResult;
import io.carillon.broker.pop.Popped;
import io.carillon.message.ConsumerGroup;
import io.carillon.message.Subscription;
import io.carillon.message.Topic;
import io.carillon.message.TopicName;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Hands out messages: each pull is a pop, and one that finds nothing waits as a pop does, without a thread. Any thread. */
final class Pulls {
    private static final int MAKES_MAX = 3;
    private static final long RETRY_AFTER_MS = 1_000;

    private final Parts parts;
    private final Receipts receipts;
    private final GivenUp givenUp;
    private final long visibilityDefaultMs;
    private final AtomicInteger heldBack = new AtomicInteger();
    private final Set<Asker> underWay = ConcurrentHashMap.newKeySet();
    /** Each ends what the broker tells of topics and groups. */
    private final List<Runnable> hearings;

    /** What everybody hears who would wait; null while one may. */
    private volatile @Nullable Answer<List<Delivery>> last;

    Pulls(Parts parts, Receipts receipts, GivenUp givenUp, long visibilityDefaultMs) {
        this.parts = parts;
        this.receipts = receipts;
        this.givenUp = givenUp;
        this.visibilityDefaultMs = visibilityDefaultMs;
        hearings =
                List.of(parts.topics().onChange(this::onTopic), parts.groups().onDelete(this::onGroupDeleted));
    }

    private void onTopic(String name) {
        if (parts.topics().find(name) == null) {
            endAll(asker -> asker.where().topic().equals(name), new Missing(Missing.What.TOPIC, name));
        }
    }

    private void onGroupDeleted(String name) {
        endAll(asker -> asker.where().group().equals(name), new Missing(Missing.What.GROUP, name));
    }

    /** Who waits in {@link PopPolls} is woken by itself, who is held back is not. From the log's path, so not on it. */
    private void endAll(Predicate<Asker> isOver, Refusal why) {
        if (!underWay.isEmpty()) {
            parts.blocking()
                    .execute(() -> underWay.stream()
                            .filter(isOver)
                            .forEach(asker -> asker.told().complete(Answer.refused(why))));
        }
    }

    /**
     * One pull on its way.
     *
     * @param untilNs until when it may wait, by the steady clock
     * @param parked where it waits, if it does
     */
    private record Asker(
            Pull pull,
            CompletableFuture<Answer<List<Delivery>>> told,
            long untilNs,
            AtomicReference<@Nullable PopPoll> parked) {
        Where where() {
            return pull.where();
        }

        void nothing() {
            told.complete(Answer.of(List.of()));
        }
    }

    private final class Waiting extends PopPoll {
        private final Asker asker;

        Waiting(Asker asker) {
            super(asker.where().topic(), asker.where().group(), -1, false);
            this.asker = asker;
        }

        @Override
        protected void resume() {
            parts.blocking().execute(() -> serve(asker, 0));
        }

        @Override
        protected boolean isAlive() {
            return !asker.told().isDone();
        }
    }

    CompletableFuture<Answer<List<Delivery>>> pull(Pull pull) {
        Asker asker = new Asker(
                pull,
                new CompletableFuture<>(),
                parts.ticker().nanoTime() + TimeUnit.MILLISECONDS.toNanos(pull.waitMs()),
                new AtomicReference<>());
        // First, so that who deletes what it asks for finds it, however far it is.
        underWay.add(asker);
        asker.told().whenComplete((_, _) -> ended(asker));
        serve(asker, MAKES_MAX);
        return asker.told();
    }

    /** A receiver that went away while it waited takes no place any more. */
    private void ended(Asker asker) {
        underWay.remove(asker);
        PopPoll poll = asker.parked().get();
        if (poll != null) {
            parts.pop().leave(poll);
        }
    }

    /** Who waits is answered, and nobody waits any more. */
    void stop(Answer<List<Delivery>> answer) {
        last = answer;
        hearings.forEach(Runnable::run);
        underWay.forEach(asker -> asker.told().complete(answer));
    }

    /** @param makesLeft what it lacks was there when it began to wait, and is not made again for it */
    private void serve(Asker asker, int makesLeft) {
        try {
            if (asker.told().isDone()) {
                return;
            }
            if (isHeldBack(asker.where())) {
                holdBack(asker);
                return;
            }
            Pop pop = pop(asker.pull());
            parts.pop().pop(pop, result -> answer(asker, pop, result, makesLeft));
        } catch (RuntimeException e) {
            asker.told().completeExceptionally(e);
        }
    }

    private boolean isHeldBack(Where where) {
        ConsumerGroup group = parts.groups().find(where.group());
        return (group != null && !group.consumeEnabled())
                || parts.scheduler().paused().contains(where.topic());
    }

    /** It waits as if there were nothing; there may be very much, so it is not told of every message. */
    private void holdBack(Asker asker) {
        int limit = parts.config().get().longPollsMax();
        if (heldBack.incrementAndGet() > limit) {
            heldBack.decrementAndGet();
            asker.told().complete(Answer.refused(new Busy("waiting_max", limit, RETRY_AFTER_MS)));
            return;
        }
        asker.told().whenComplete((_, _) -> heldBack.decrementAndGet());
        long waitNs = Math.max(0, asker.untilNs() - parts.ticker().nanoTime());
        asker.told().completeOnTimeout(Answer.of(List.of()), waitNs, TimeUnit.NANOSECONDS);
    }

    private Pop pop(Pull pull) {
        Where where = pull.where();
        return new Pop(
                where.group(),
                where.topic(),
                -1,
                pull.max(),
                visibilityMs(pull),
                false,
                String.join(" || ", pull.tags()),
                Subscription.TAG,
                false,
                null);
    }

    private long visibilityMs(Pull pull) {
        return pull.visibilityMs() == Requests.BY_GROUP
                ? visibilityMs(pull.where().group())
                : pull.visibilityMs();
    }

    /** For how long a receiver has a message where nobody says otherwise. */
    long visibilityMs(String name) {
        ConsumerGroup group = parts.groups().find(name);
        long said = group == null ? 0 : GroupForm.visibilityMs(group);
        return said == 0 ? visibilityDefaultMs : said;
    }

    /** On the thread that asked, or, when messages were found, on the log's: which must not be kept. */
    private void answer(Asker asker, Pop pop, PopResult result, int makesLeft) {
        switch (result) {
            case PopResult.Found(Popped popped) -> parts.blocking().execute(() -> handOut(asker, pop, popped));
            case PopResult.Nothing(boolean isFull)
            when isFull -> asker.told().complete(Answer.refused(tooManyInFlight()));
            case PopResult.Nothing _ -> park(asker, pop);
            case PopResult.GroupMissing(String group)
            when makesLeft > 0 -> parts.pop().createGroup(group, refusal -> made(asker, refusal, makesLeft));
            case PopResult.GroupMissing _ -> answer(asker, pop, parts.pop().noGroup(pop.group()), 0);
            case PopResult.Refused(var reason, var _)
            when reason == PullResult.Reason.NO_TOPIC && makesLeft > 0 && mayMakeTopics() ->
                parts.topics()
                        .createIfAbsent(
                                Topic.of(pop.topic(), parts.config().get().autoCreateQueues()),
                                refusal -> made(asker, refusal, makesLeft));
            case PopResult.Refused(var reason, String text) ->
                asker.told().complete(Answer.refused(Refusals.of(reason, text, pop.topic(), pop.group())));
            case PopResult.NotStored(var why) -> notStored(asker, why);
        }
    }

    private boolean mayMakeTopics() {
        return parts.config().get().autoCreateTopics() && parts.topics().find(TopicName.AUTO_CREATE) != null;
    }

    private void made(Asker asker, io.carillon.log.@Nullable Refusal refusal, int makesLeft) {
        if (refusal == null) {
            parts.blocking().execute(() -> serve(asker, makesLeft - 1));
        } else {
            notStored(asker, refusal);
        }
    }

    private static void notStored(Asker asker, io.carillon.log.Refusal why) {
        try {
            asker.told().complete(Answer.refused(Refusals.of(why)));
        } catch (RuntimeException e) {
            asker.told().completeExceptionally(e);
        }
    }

    private void park(Asker asker, Pop pop) {
        long waitMs =
                TimeUnit.NANOSECONDS.toMillis(asker.untilNs() - parts.ticker().nanoTime());
        Answer<List<Delivery>> stopped = last;
        if (stopped != null) {
            asker.told().complete(stopped);
            return;
        }
        if (waitMs <= 0) {
            asker.nothing();
            return;
        }
        Waiting poll = new Waiting(asker);
        switch (parts.pop().park(pop, poll, waitMs)) {
            case PARKED -> leaveIfGone(asker, poll);
            case LOOK_AGAIN -> parts.blocking().execute(() -> serve(asker, 0));
            case FULL -> full(asker);
        }
    }

    /** It may have gone while it was being parked. */
    private void leaveIfGone(Asker asker, PopPoll poll) {
        asker.parked().set(poll);
        if (asker.told().isDone()) {
            parts.pop().leave(poll);
        }
    }

    private void full(Asker asker) {
        Answer<List<Delivery>> stopped = last;
        if (stopped != null) {
            asker.told().complete(stopped);
        } else {
            asker.told().complete(Answer.refused(tooManyWait(asker.where())));
        }
    }

    private Busy tooManyWait(Where where) {
        BrokerConfig config = parts.config().get();
        int ofGroup = config.pop().pollsMax();
        return parts.pop().waiting(where.topic(), where.group()) >= ofGroup
                ? new Busy("waiting_per_group_max", ofGroup, RETRY_AFTER_MS)
                : new Busy("waiting_max", config.longPollsMax(), RETRY_AFTER_MS);
    }

    private Busy tooManyInFlight() {
        PopConfig limits = parts.config().get().pop();
        return parts.pop().inFlight() >= limits.inFlightTotalMax()
                ? new Busy("in_flight_max", limits.inFlightTotalMax(), RETRY_AFTER_MS)
                : new Busy("in_flight_per_queue_max", limits.inFlightMax(), RETRY_AFTER_MS);
    }

    private void handOut(Asker asker, Pop pop, Popped popped) {
        try {
            List<Delivery> deliveries = new Deliveries(parts, receipts, givenUp, asker.where(), popped).all();
            if (popped.rest() > 0) {
                parts.pop().wakeNext(pop);
            }
            if (deliveries.isEmpty()) {
                serve(asker, 0);
            } else if (!asker.told().complete(Answer.of(deliveries))) {
                givenUp.giveBack(asker.where(), deliveries);
            }
        } catch (RuntimeException e) {
            asker.told().completeExceptionally(e);
        }
    }
}
