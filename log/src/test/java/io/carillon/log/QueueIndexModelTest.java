package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.message.QueueId;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * The index against a list of what the log holds: whatever happens, a crash at whatever call included, opening it and
 * putting in the log from the last completed checkpoint on must give the index of that list.
 */
class QueueIndexModelTest {
    private static final IndexLayout SMALL = new IndexLayout(16 + 3 * 20, 4);

    /** A message, or (with a size of 0) the deletion of its topic. */
    private record Event(QueueId queue, long queueOffset, long logOffset, int size) {}

    /** What the disk holds at some moment, and how much of the log the checkpoint covers then. */
    private record Moment(LossyStorage disk, int events, int covered, long logMin, String what) {}

    private static final class Run {
        final LossyStorage disk = new LossyStorage();
        final SplittableRandom random;
        final List<Event> log = new ArrayList<>();
        final List<Moment> moments = new ArrayList<>();
        final TreeMap<String, Long> next = new TreeMap<>();
        QueueIndex index = QueueIndex.open(disk, SMALL);
        long logEnd;
        long logMin;
        int covered;

        /** A write stopped half way, maybe within a row: until the next checkpoint the files may be found damaged. */
        boolean isTorn;

        Run(long seed, boolean isCrashing) {
            random = new SplittableRandom(seed);
            if (isCrashing) {
                disk.beforeEachCall(this::remember);
            }
        }

        private void remember(Call call) {
            if (call.kind().isChange() && !isTorn) {
                for (Loss loss : List.of(Loss.everything(), Loss.nothing(), Loss.seeded(random.nextLong()))) {
                    moments.add(new Moment(
                            disk.afterPowerLoss(loss), log.size(), covered, logMin, "before " + call + " " + loss));
                }
            }
        }

        void step() {
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> send(1 + random.nextInt(5));
                case 3 -> send(random.nextInt(30));
                case 4, 5, 6 -> checkpoint();
                case 7 -> retain();
                case 8 -> dropTopic();
                case 9 -> failCheckpoint();
                case 10 -> die();
                default -> send(1);
            }
        }

        private void send(int count) {
            QueueId id = new QueueId("T" + random.nextInt(3), random.nextInt(2));
            for (int i = 0; i < count; i++) {
                long offset = next.merge(id.toString(), 1L, Long::sum) - 1;
                logEnd += 1 + random.nextInt(500);
                Event event = new Event(id, offset, logEnd, 1 + random.nextInt(100));
                log.add(event);
                apply(index, event);
                if (random.nextInt(4) == 0) {
                    id = new QueueId("T" + random.nextInt(3), random.nextInt(2));
                }
            }
        }

        private void checkpoint() {
            int cutAt = log.size();
            QueueIndex.Cut cut = cut(index);
            if (random.nextBoolean()) {
                send(random.nextInt(6));
            }
            cut.store();
            covered = cutAt;
            isTorn = false;
        }

        private void failCheckpoint() {
            Call.Kind kind = random.nextBoolean() ? Call.Kind.WRITE : Call.Kind.READ;
            boolean isShort = random.nextInt(3) == 0;
            disk.fail(kind, 1 + random.nextInt(4), isShort ? Fault.SHORT_WRITE : Fault.DISK_FULL);
            boolean wasTorn = isTorn;
            isTorn |= isShort;
            int cutAt = log.size();
            int epoch = index.epoch();
            try {
                cut(index).store();
                covered = cutAt;
                isTorn = wasTorn && index.epoch() == epoch;
            } catch (StorageFault e) {
                assertThat(e.isDiskFull()).isTrue();
            }
            disk.heal();
        }

        private void retain() {
            if (covered > 0) {
                logMin = Math.max(logMin, log.get(random.nextInt(covered)).logOffset());
                index.dropBefore(logMin);
            }
        }

        private void dropTopic() {
            String topic = "T" + random.nextInt(3);
            next.keySet().removeIf(id -> id.contains("topic=" + topic));
            Event event = new Event(new QueueId(topic, 0), 0, ++logEnd, 0);
            log.add(event);
            apply(index, event);
        }

        /** The process ends, the machine does not: what was not forced is still there, and still not durable. */
        private void die() {
            if (isTorn) {
                return;
            }
            index.close();
            index = recovered(disk, log, log.size(), covered, logMin);
        }
    }

    private static void apply(QueueIndex index, Event event) {
        if (event.size() == 0) {
            index.dropTopic(event.queue().topic());
            return;
        }
        ConsumeQueue queue = index.queue(event.queue().topic(), event.queue().number());
        index.put(queue, event.queueOffset(), event.logOffset(), event.size(), -event.logOffset());
        index.publish(queue, index.nextOffset(queue));
    }

    private static QueueIndex recovered(LossyStorage disk, List<Event> log, int events, int covered, long logMin) {
        QueueIndex index = QueueIndex.open(disk, SMALL);
        for (Event event : log.subList(covered, events)) {
            apply(index, event);
        }
        index.dropBefore(logMin);
        return index;
    }

    private static void assertIsIndexOf(QueueIndex index, List<Event> log, long logMin) {
        Map<String, List<Event>> model = new TreeMap<>();
        for (Event event : log) {
            String topic = event.queue().topic();
            if (event.size() == 0) {
                model.keySet().removeIf(id -> id.contains("topic=" + topic + ","));
            } else {
                model.computeIfAbsent(event.queue().toString(), _ -> new ArrayList<>())
                        .add(event);
            }
        }
        for (ConsumeQueue queue : index.all()) {
            List<Event> events = model.remove(new QueueId(queue.topic(), queue.number()).toString());
            assertIsQueueOf(queue, events == null ? List.of() : events, logMin);
        }
        assertThat(model).isEmpty();
    }

    private static void assertIsQueueOf(ConsumeQueue queue, List<Event> events, long logMin) {
        int gone = (int) events.stream().filter(e -> e.logOffset() < logMin).count();
        assertThat(queue.offsetMax()).isEqualTo(events.size());
        assertThat(queue.offsetMin()).isEqualTo(gone);
        QueueEntry entry = new QueueEntry();
        QueueEntries entries = new QueueEntries(events.size() + 1);
        assertThat(queue.readRange(gone, events.size() + 1, entries)).isEqualTo(events.size() - gone);
        for (int i = gone; i < events.size(); i++) {
            assertThat(queue.read(i, entry)).isTrue();
            assertThat(entry.logOffset).isEqualTo(events.get(i).logOffset());
            assertThat(entry.size).isEqualTo(events.get(i).size());
            assertThat(entry.tagsCode).isEqualTo(-entry.logOffset);
            assertThat(entries.logOffsets[i - gone]).isEqualTo(entry.logOffset);
        }
    }

    @Property(tries = 100)
    void isTheIndexOfTheLogWhateverHappens(@ForAll long seed) {
        Run run = new Run(seed, false);
        for (int i = 0; i < 40; i++) {
            run.step();
            assertIsIndexOf(run.index, run.log, run.logMin);
        }
    }

    @Property(tries = 12)
    void isTheIndexOfTheLogAfterACrashAtAnyCall(@ForAll long seed) {
        Run run = new Run(seed, true);
        for (int i = 0; i < 16; i++) {
            run.step();
        }

        for (Moment moment : run.moments) {
            List<Event> log = run.log.subList(0, moment.events());
            QueueIndex index = recovered(moment.disk(), log, moment.events(), moment.covered(), moment.logMin());
            assertIsIndexOf(index, log, moment.logMin());

            cut(index).store();
            LossyStorage again = moment.disk().afterPowerLoss(Loss.seeded(seed));
            QueueIndex other = recovered(again, log, moment.events(), moment.events(), moment.logMin());
            assertIsIndexOf(other, log, moment.logMin());
        }
    }

    @Property(tries = 30)
    void losesNothingThatWasStoredWhenAForceFails(@ForAll long seed) {
        Run run = new Run(seed, false);
        for (int i = 0; i < 15; i++) {
            run.step();
        }
        run.checkpoint();
        run.send(7);
        run.disk.fail(Call.Kind.FORCE, 1 + run.random.nextInt(4), Fault.IO_ERROR);
        QueueIndex.Cut cut = cut(run.index);
        try {
            cut.store();
            run.covered = run.log.size();
        } catch (StorageFault e) {
            assertThatThrownBy(() -> cut(run.index).store()).isInstanceOf(StorageFault.class);
        }

        for (int loss = 0; loss < 20; loss++) {
            LossyStorage found = run.disk.afterPowerLoss(Loss.seeded(loss));
            QueueIndex index = recovered(found, run.log, run.log.size(), run.covered, run.logMin);
            assertIsIndexOf(index, run.log, run.logMin);
        }
    }

    static QueueIndex.Cut cut(QueueIndex index) {
        QueueIndex.Cut cut = index.cut();
        cut.takeDropped();
        return cut;
    }
}
