package io.carillon.broker.pop;

import io.carillon.base.Ticker;
import io.carillon.broker.BrokerConfig;
import io.carillon.broker.consume.ReadCounts;
import io.carillon.broker.filter.MessageFilter;
import io.carillon.broker.metadata.ReplicatedState;
import io.carillon.broker.metadata.TopicState;
import io.carillon.log.MessageLog;
import io.carillon.log.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Takes messages out of the queues of a topic and of its retries for a consumer that asks, and has it noted whose they are before
 * he gets them; or only looks at what there is. Any thread.
 */
final class Handout {
    private final Supplier<BrokerConfig> config;
    private final MessageLog log;
    private final ReplicatedState state;
    private final LivePops queues;
    private final GroupQueues groupQueues;
    private final Journal journal;
    private final ReadCounts reads;
    private final ObjLongConsumer<LiveQueue> visibleAt;
    private final Ticker ticker;
    private final RandomGenerator random;
    private final ThreadLocal<Taker.Room> rooms = ThreadLocal.withInitial(Taker.Room::new);

    /** @param visibleAt told when a message of a queue becomes visible, or {@link LiveQueue#NEVER} */
    Handout(
            Supplier<BrokerConfig> config,
            MessageLog log,
            ReplicatedState state,
            LivePops queues,
            GroupQueues groupQueues,
            Journal journal,
            ReadCounts reads,
            ObjLongConsumer<LiveQueue> visibleAt,
            Ticker ticker,
            RandomGenerator random) {
        this.config = config;
        this.log = log;
        this.state = state;
        this.queues = queues;
        this.groupQueues = groupQueues;
        this.journal = journal;
        this.reads = reads;
        this.visibleAt = visibleAt;
        this.ticker = ticker;
        this.random = random;
    }

    /** What a pop has got so far. */
    private record Popping(Pop pop, Popped popped, Taker taker, List<LiveQueue> touched) {
        boolean isFull() {
            return popped.messages() >= pop.messagesMax() || taker.isFull();
        }
    }

    /** As {@link PopService#pop}, of one that may be. */
    void pop(Pop pop, MessageFilter filter, Consumer<PopResult> told) {
        long invisibleMs = Math.clamp(pop.invisibleMs(), 0, PopService.INVISIBLE_MAX_MS);
        Taker taker = taker(filter);
        Popping popping =
                new Popping(pop, new Popped(ticker.nowMs(), invisibleMs, pop.isOrdered()), taker, new ArrayList<>());
        takeAll(popping);
        count(popping);
        if (popping.popped().messages() == 0) {
            popping.touched().forEach(journal::changed);
            told.accept(new PopResult.Nothing(popping.popped().isFull()));
        } else {
            journal.write(popping.touched(), why -> ended(popping, why, told));
        }
    }

    private void count(Popping popping) {
        if (popping.popped().messages() == 0) {
            reads.missed();
            return;
        }
        reads.found();
        for (PoppedPart part : popping.popped().parts()) {
            reads.found(part.live().key().topic(), popping.pop().group(), part.count(), part.bytes());
        }
    }

    private Taker taker(MessageFilter filter) {
        return new Taker(
                log::properties,
                rooms.get(),
                filter,
                config.get().pullBytesMax().intBytes());
    }

    private void ended(Popping popping, @Nullable Refusal why, Consumer<PopResult> told) {
        if (why == null) {
            told.accept(new PopResult.Found(popping.popped()));
            return;
        }
        List<PoppedPart> parts = popping.popped().parts();
        for (int i = parts.size() - 1; i >= 0; i--) {
            parts.get(i).live().giveBack(parts.get(i));
        }
        told.accept(new PopResult.NotStored(why));
    }

    private void takeAll(Popping popping) {
        Pop pop = popping.pop();
        TopicState topic = state.topics().find(pop.topic());
        Turn turn = Turn.of(
                pop.isOrdered(),
                topic == null ? null : topic.config(),
                state.groups().find(pop.group()),
                random.nextInt(100));
        if (turn.retriesFirst()) {
            takeRetries(popping);
        }
        if (pop.queue() < 0) {
            takeTopic(popping, RetryKind.NONE, turn);
        } else {
            take(popping, RetryKind.NONE, topic, pop.queue());
        }
        if (!pop.isOrdered() && !turn.retriesFirst()) {
            takeRetries(popping);
        }
    }

    private void takeRetries(Popping popping) {
        takeTopic(popping, RetryKind.V1, Turn.IN_PLACE);
        takeTopic(popping, RetryKind.V2, Turn.IN_PLACE);
    }

    private void takeTopic(Popping popping, RetryKind kind, Turn turn) {
        TopicState topic =
                groupQueues.topic(popping.pop().topic(), popping.pop().group(), kind);
        int count = topic == null ? 0 : topic.config().readQueues();
        for (int i = 0; i < count; i++) {
            take(popping, kind, topic, turn.queue(i, count));
        }
    }

    private void take(Popping popping, RetryKind kind, @Nullable TopicState topic, int number) {
        if (topic == null) {
            return;
        }
        Pop pop = popping.pop();
        Popped popped = popping.popped();
        LiveQueue queue = groupQueues.live(pop, kind, topic, number);
        // Where an administrator wants the group to be, the queue is already: how far it comes from there counts again.
        state.offsets().takeReset(pop.group(), queue.key().topic(), number);
        if (popping.isFull()) {
            popped.addRest(queue.waiting());
            return;
        }
        int inFlightMax = queues.total().get() >= config.get().pop().inFlightTotalMax()
                ? 0
                : config.get().pop().inFlightMax();
        long visibleMs = popped.poppedMs() + popped.invisibleMs();
        PoppedPart part = queue.take(
                pop,
                popping.taker(),
                new LiveQueue.Limits(pop.messagesMax() - popped.messages(), inFlightMax, popped.poppedMs(), visibleMs));
        if (part == null) {
            if (!pop.isOrdered()) {
                popped.full();
            }
            return;
        }
        if (part.isMoved()) {
            popping.touched().add(queue);
        }
        if (part.count() > 0) {
            popped.add(part);
            visibleAt.accept(queue, queue.newDue(visibleMs));
        }
        popped.addRest(queue.waiting());
    }

    /** As {@link PopService#peek}, of one that may be. */
    PopResult peek(Pop pop) {
        Popped seen = new Popped(ticker.nowMs(), 0, false);
        Taker taker = taker(MessageFilter.ALL);
        for (RetryKind kind : RetryKind.values()) {
            TopicState topic = groupQueues.topic(pop.topic(), pop.group(), kind);
            boolean isOne = kind == RetryKind.NONE && pop.queue() >= 0;
            int count = topic == null ? 0 : isOne ? 1 : topic.config().readQueues();
            for (int i = 0; i < count && topic != null && seen.messages() < pop.messagesMax(); i++) {
                LiveQueue queue = groupQueues.peeked(pop, kind, topic, isOne ? pop.queue() : i);
                PoppedPart part = queue.peek(taker, pop.messagesMax() - seen.messages());
                if (part.count() > 0) {
                    seen.add(part);
                }
                seen.addRest(queue.waiting() - part.count());
            }
        }
        return seen.messages() == 0 ? new PopResult.Nothing(false) : new PopResult.Found(seen);
    }
}
