package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.message.LightDispatch;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.testkit.LossyStorage;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a log must hold that was recovered from a power loss: what was promised up to a moment. */
final class Promises {
    private final LogDriver found;
    private final AckedMoment moment;
    private final String where;

    /** @param where the power failed, for people */
    Promises(LogDriver found, AckedMoment moment, String where) {
        this.found = found;
        this.moment = moment;
        this.where = where;
    }

    void check() {
        checkAcked();
        checkDense();
        checkLight();
        assertThat(found.state).as(where).isGreaterThanOrEqualTo(moment.ackedState());
        checkGone();
        checkWaiting();
        checkLeft();
        checkNext();
    }

    private void checkAcked() {
        for (LogDriver.Acked acked : moment.acked()) {
            MemorySegment record = found.read(acked.topic(), acked.queue(), acked.queueOffset());
            ConsumeQueue queue = found.log.queue(acked.topic(), acked.queue());
            assertThat(queue.offsetMax()).as("%s: %s", where, acked).isGreaterThan(acked.queueOffset());
            if (!moment.isOld() || acked.queueOffset() >= queue.offsetMin()) {
                assertThat(record).as("%s: %s is gone", where, acked).isNotNull();
                assertThat(LogDriver.bodyOf(record)).as(where).isEqualTo(acked.body());
            }
        }
    }

    /**
     * What was scheduled is in its hour, at its place: for good, for as long as it has not left. A retry that came after
     * that may have been told of the delivery.
     */
    private void checkWaiting() {
        for (LogDriver.Waiting told : moment.waiting()) {
            MemorySegment stored = found.log.record(told.logOffset());
            boolean wasDelivered = stored != null && MessageRecord.due(stored, 0) == 0;
            MemorySegment record = wasDelivered
                    ? found.read(told.topic(), told.queue(), told.queueOffset())
                    : found.readDue(told.due(), told.queueOffset());
            if (record != null) {
                assertThat(LogDriver.bodyOf(record)).as("%s: %s", where, told).isEqualTo(told.body());
            } else {
                assertThat(moment.isOld() && moment.left().contains(told.key()))
                        .as("%s: %s is gone", where, told)
                        .isTrue();
            }
        }
    }

    /** Messages are in their queues exactly if the state says that they have left; {@link #checkDense}: and once. */
    private void checkLeft() {
        Set<String> delivered = new TreeSet<>();
        for (int number = 0; number < 3; number++) {
            ConsumeQueue queue = found.log.queue(CrashScript.LATER, number);
            for (long offset = queue.offsetMin(); offset < queue.offsetMax(); offset++) {
                MemorySegment record = found.read(CrashScript.LATER, number, offset);
                assertThat(record).as(where).isNotNull();
                delivered.add(MessageProperties.of(record, 0, MessageProperties.UNIQ_KEY));
            }
        }
        Set<String> left = found.notes.left.keySet();
        assertThat(left).as(where).containsAll(moment.left());
        if (moment.isOld()) {
            assertThat(left).as(where).containsAll(delivered);
        } else {
            assertThat(delivered).as(where).isEqualTo(left);
        }
    }

    /** What was scheduled along with others is in its hour exactly if the state knows its place. */
    private void checkNext() {
        Map<String, ScheduleNotes.Place> places = new TreeMap<>();
        for (ConsumeQueue hour : found.log.dueQueues().all()) {
            QueueEntry entry = new QueueEntry();
            for (long offset = hour.offsetMin(); offset < hour.offsetMax(); offset++) {
                assertThat(hour.read(offset, entry)).as(where).isTrue();
                MemorySegment record = found.log.record(entry.logOffset);
                assertThat(record)
                        .as("%s: hole at %s@%s", where, hour.topic(), offset)
                        .isNotNull();
                assertThat(MessageRecord.due(record, 0)).as(where).isEqualTo(entry.tagsCode);
                String id = MessageProperties.of(record, 0, MessageProperties.UNIQ_KEY);
                ScheduleNotes.Place before = places.put(id, new ScheduleNotes.Place(entry.tagsCode, (int) offset));
                assertThat(before).as("%s: %s was scheduled twice", where, id).isNull();
            }
        }
        places.keySet().removeIf(id -> !id.startsWith(CrashScript.NEXT));
        Map<String, ScheduleNotes.Place> noted = new TreeMap<>(found.notes.waiting);
        noted.keySet().removeIf(id -> moment.isOld() && found.notes.left.containsKey(id) && !places.containsKey(id));
        assertThat(noted).as(where).isEqualTo(places);
    }

    /** What was deleted does not come back. */
    private void checkGone() {
        for (int number = 0; number < 3; number++) {
            ConsumeQueue queue = found.log.queue(CrashScript.DOOMED, number);
            for (long offset = queue.offsetMin(); offset < queue.offsetMax(); offset++) {
                MemorySegment record = found.read(CrashScript.DOOMED, number, offset);
                assertThat(record).as(where).isNotNull();
                assertThat(moment.gone()).as(where).doesNotContain(LogDriver.bodyOf(record));
            }
        }
    }

    /** Every queue can be read from its minimum to its maximum, and nothing stands in it twice. */
    private void checkDense() {
        Map<String, String> places = new HashMap<>();
        for (String topic : List.of("t", "topic0", "topic1", CrashScript.DOOMED, CrashScript.LATER)) {
            for (int queue = 0; queue < 3; queue++) {
                ConsumeQueue index = found.log.queue(topic, queue);
                for (long offset = index.offsetMin(); offset < index.offsetMax(); offset++) {
                    MemorySegment record = found.read(topic, queue, offset);
                    assertThat(record)
                            .as("%s: hole at %s-%s@%s", where, topic, queue, offset)
                            .isNotNull();
                    String place = topic + "-" + queue + "@" + offset;
                    String before = places.put(topic + LogDriver.bodyOf(record), place);
                    assertThat(before)
                            .as("%s: stored twice, also at %s", where, place)
                            .isNull();
                }
            }
        }
    }

    /** A record is in each light queue that it names, at the place that it says, and nothing else is in there. */
    private void checkLight() {
        LightDispatch dispatch = new LightDispatch();
        QueueEntry entry = new QueueEntry();
        for (String topic : List.of("topic0", CrashScript.LATER, CrashScript.DOOMED, "topic1")) {
            for (int number = 0; number < 3; number++) {
                ConsumeQueue queue = found.log.queue(topic, number);
                for (long offset = queue.offsetMin(); offset < queue.offsetMax(); offset++) {
                    MemorySegment record = found.read(topic, number, offset);
                    assertThat(record).as(where).isNotNull();
                    assertThat(dispatch.read(record, 0)).as(where).isEqualTo(!topic.equals("topic1"));
                    for (int i = 0; i < dispatch.count(); i++) {
                        assertThat(light(record, dispatch, i).read(dispatch.place(i), entry))
                                .as("%s: %s-%s@%s", where, topic, number, offset)
                                .isTrue();
                        assertThat(entry.logOffset).as(where).isEqualTo(MessageRecord.physicalOffset(record, 0));
                    }
                }
            }
        }
        for (String name : List.of("%LMQ%a", "%LMQ%b")) {
            ConsumeQueue queue = found.log.queue(name, 0);
            for (long offset = queue.offsetMin(); offset < queue.offsetMax(); offset++) {
                MemorySegment record = found.read(name, 0, offset);
                assertThat(record).as("%s: hole at %s@%s", where, name, offset).isNotNull();
                assertThat(dispatch.read(record, 0)).as(where).isTrue();
                List<String> places = new ArrayList<>();
                for (int i = 0; i < dispatch.count(); i++) {
                    places.add(light(record, dispatch, i).topic() + "@" + dispatch.place(i));
                }
                assertThat(places).as(where).contains(name + "@" + offset);
            }
        }
    }

    private ConsumeQueue light(MemorySegment record, LightDispatch dispatch, int i) {
        return found.log.queue(MessageProperties.text(record, dispatch.nameAt(i), dispatch.nameLength(i)), 0);
    }

    /** The recovered log takes more, answers retries with the first place, and survives another power loss. */
    void goOn() {
        if (!moment.acked().isEmpty()) {
            LogDriver.Acked last = moment.acked().getLast();
            found.send(last.topic(), last.queue(), last.key(), last.body());
            found.settle();
            assertThat(found.acked).as(where).containsExactly(last);
        }
        if (!moment.waiting().isEmpty()) {
            goOnScheduling(moment.waiting().getLast());
        }
        for (int i = 0; i < 3; i++) {
            found.send("t", i, "more" + i, "more " + i);
        }
        found.settle();
    }

    /** A retry gets the place of the first, or that of the delivery; what waits yet can leave. */
    private void goOnScheduling(LogDriver.Waiting last) {
        found.schedule(last.topic(), last.queue(), last.key(), last.body(), last.due());
        found.settle();
        assertThat(found.waiting).as(where).hasSize(1);
        boolean hasLeft = found.notes.left.containsKey(last.key());
        LogDriver.Waiting again = found.waiting.getFirst();
        if (hasLeft) {
            MemorySegment delivered = found.read(last.topic(), last.queue(), again.queueOffset());
            assertThat(delivered).as(where).isNotNull();
            assertThat(MessageRecord.physicalOffset(delivered, 0)).as(where).isEqualTo(again.logOffset());
        } else {
            assertThat(again).as(where).isEqualTo(last);
            found.fire(found.waiting);
            found.settle();
        }
        new Promises(found, new AckedMoment(new LossyStorage(), false), where).checkLeft();
    }
}
