package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Cancelled;
import io.carillon.base.delayqueue.Redriven;
import io.carillon.base.delayqueue.Rescheduled;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Changes messages that wait. The truth changes first, then the order: what the order has by mistake is found out when it
 * is handed out. Any thread may call; all methods wait for the stores.
 */
final class Changes {
    private final Life life;
    private final MessageTable messages;
    private final DeadLetterTable deadLetters;
    private final Buckets buckets;
    private final EngineClock clock;
    private final Figures figures;
    private final DelayKeep keep;

    Changes(
            Life life,
            MessageTable messages,
            DeadLetterTable deadLetters,
            Buckets buckets,
            EngineClock clock,
            Figures figures,
            DelayKeep keep) {
        this.life = life;
        this.messages = messages;
        this.deadLetters = deadLetters;
        this.buckets = buckets;
        this.clock = clock;
        this.figures = figures;
        this.keep = keep;
    }

    Answer<Cancelled> cancel(TopicTable.Topic topic, long id) {
        MessageTable.Content content = fetch(id);
        if (content == null || content.member().topic() != topic.id()) {
            return Answer.refused(Refusals.noMessage(MessageId.text(id)));
        }
        if (content.state() == MessageTable.CANCELLED) {
            return Answer.of(Cancelled.CANCELLED_BEFORE);
        }
        if (content.state() != MessageTable.WAITING || content.done() != 0) {
            return Answer.of(Cancelled.FINISHED);
        }
        if (isOut(topic, content.member())) {
            return Answer.of(Cancelled.IN_FLIGHT);
        }
        if (!messages.cancel(id)) {
            // Somebody was faster: look again what became of it.
            return cancel(topic, id);
        }
        life.at(Step.CANCEL_COMMITTED);
        return StoreFailure.changing(() -> Answer.of(cancelInOrder(content)));
    }

    private Cancelled cancelInOrder(MessageTable.Content content) {
        if (buckets.cancel(content.member())) {
            // Claimed between the look and the commit: its receiver has it, so it must go on.
            messages.setState(List.of(content.member().id()), MessageTable.CANCELLED, MessageTable.WAITING);
            buckets.addAll(List.of(new MessageTable.Due(content.member(), content.dueMs())));
            return Cancelled.IN_FLIGHT;
        }
        figures.cancelled.increment();
        return Cancelled.CANCELLED;
    }

    private MessageTable.@Nullable Content fetch(long id) {
        return StoreFailure.looking(() -> messages.fetch(id, false)).orElse(null);
    }

    private boolean isOut(TopicTable.Topic topic, Member member) {
        List<Member> members = new ArrayList<>();
        List<Integer> bits = new ArrayList<>();
        topic.groups().values().forEach(group -> {
            members.add(member);
            bits.add(group.bit());
        });
        return !members.isEmpty()
                && StoreFailure.looking(() -> buckets.where(members, bits)).stream()
                        .anyMatch(place -> place.is() == Buckets.Place.OUT
                                || place.is() == Buckets.Place.DYING
                                || place.failed() > 0);
    }

    Answer<Rescheduled> reschedule(TopicTable.Topic topic, long id, long dueMs) {
        MessageTable.Content content = fetch(id);
        if (content == null || content.member().topic() != topic.id()) {
            return Answer.refused(Refusals.noMessage(MessageId.text(id)));
        }
        if (content.state() == MessageTable.CANCELLED) {
            return answer(Rescheduled.Outcome.CANCELLED, content.dueMs());
        }
        if (content.state() != MessageTable.WAITING || content.done() != 0 || isOut(topic, content.member())) {
            return answer(Rescheduled.Outcome.TOO_LATE, content.dueMs());
        }
        if (!change(content, dueMs)) {
            return reschedule(topic, id, dueMs);
        }
        life.at(Step.RESCHEDULE_COMMITTED);
        return StoreFailure.changing(() -> rescheduleInOrder(content, dueMs));
    }

    private Answer<Rescheduled> rescheduleInOrder(MessageTable.Content content, long dueMs) {
        if (buckets.reschedule(content.member(), dueMs)) {
            // Claimed between the look and the commit.
            change(content, content.dueMs());
            return answer(Rescheduled.Outcome.TOO_LATE, content.dueMs());
        }
        return answer(Rescheduled.Outcome.RESCHEDULED, dueMs);
    }

    private boolean change(MessageTable.Content content, long dueMs) {
        long ttlMs = content.props().ttlMs();
        return messages.reschedule(
                content,
                dueMs,
                ttlMs == 0 ? Long.MAX_VALUE : dueMs + ttlMs,
                MessageId.dayOf(dueMs + keep.retention().toMillis()));
    }

    private static Answer<Rescheduled> answer(Rescheduled.Outcome outcome, long dueMs) {
        return Answer.of(new Rescheduled(outcome, dueMs));
    }

    Redriven redrive(TopicTable.Topic topic, TopicTable.Group group, List<String> texts, int max) {
        List<Long> ids = new ArrayList<>();
        if (texts.isEmpty()) {
            StoreFailure.looking(() -> deadLetters.list(topic.id(), group.bit(), Long.MIN_VALUE, Long.MIN_VALUE, max))
                    .forEach(row -> ids.add(row.id()));
        }
        for (String text : texts) {
            OptionalLong id = MessageId.parse(text);
            id.ifPresent(ids::add);
        }
        long nowMs = clock.nowMs();
        int day = MessageId.dayOf(nowMs + keep.retention().toMillis());
        List<Long> redriven = deadLetters.redrive(topic.id(), group.bit(), ids, nowMs, day);
        life.at(Step.REDRIVE_COMMITTED);
        order(redriven);
        int asked = texts.isEmpty() ? redriven.size() : texts.size();
        return new Redriven(redriven.size(), asked - redriven.size());
    }

    private void order(List<Long> redriven) {
        try {
            Map<Long, MessageTable.Content> contents = messages.fetch(redriven, false);
            buckets.addAll(contents.values().stream()
                    .map(content -> new MessageTable.Due(content.member(), content.dueMs()))
                    .toList());
        } catch (StoreFailure failure) {
            // They wait again, as the truth has it: whoever makes the order whole adds them.
            figures.unordered.add(redriven.size());
        }
    }
}
