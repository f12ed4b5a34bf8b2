package io.carillon.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.schedule.ScheduleState.Status;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScheduleStateTest {
    private static final int HOUR = 486_000;
    private static final int HOURS = 3;
    private static final int PLACES = 80;

    /** What a state should say, kept in the plainest way. */
    private static final class Model {
        private final SplittableRandom random;
        private final ScheduleState state = new ScheduleState();
        private final Map<Long, Status> gone = new HashMap<>();
        private final Map<String, Long> keys = new HashMap<>();
        private final Set<String> paused = new HashSet<>();

        Model(long seed) {
            random = new SplittableRandom(seed);
        }

        void change(int changes) {
            for (int i = 0; i < changes; i++) {
                ScheduleChange change = new ScheduleChange();
                Map<Integer, Integer> placeAt = new HashMap<>();
                for (int step = random.nextInt(3); step >= 0; step--) {
                    step(change, placeAt);
                }
                ByteBuffer bytes = ByteBuffer.wrap(change.toBytes());
                placeAt.forEach(bytes::putInt);
                state.apply(bytes);
            }
        }

        private void step(ScheduleChange change, Map<Integer, Integer> placeAt) {
            switch (random.nextInt(8)) {
                case 0 -> end(change, ScheduleChange.LEFT, Status.LEFT);
                case 1 -> end(change, ScheduleChange.EXPIRED, Status.EXPIRED);
                case 2 -> end(change, ScheduleChange.CANCELLED, Status.CANCELLED);
                case 3 -> end(change, ScheduleChange.MOVED, Status.MOVED);
                case 4, 5 -> key(change, placeAt);
                case 6 -> {
                    String topic = "topic" + random.nextInt(3);
                    paused.add(topic);
                    change.topic(ScheduleChange.PAUSE, topic);
                }
                default -> {
                    String topic = "topic" + random.nextInt(3);
                    paused.remove(topic);
                    change.topic(ScheduleChange.RESUME, topic);
                }
            }
        }

        private void end(ScheduleChange change, byte kind, Status status) {
            long[] tickets = random.longs(random.nextInt(4))
                    .map(_ -> Ticket.of(HOUR + random.nextInt(HOURS), random.nextInt(PLACES)))
                    .toArray();
            for (long ticket : tickets) {
                if (gone.putIfAbsent(ticket, status) == null) {
                    keys.values().removeIf(holder -> holder == ticket);
                }
            }
            change.tickets(kind, tickets, tickets.length);
        }

        /** A message that waits and has no key gets one that another may have. */
        private void key(ScheduleChange change, Map<Integer, Integer> placeAt) {
            int place = random.nextInt(PLACES);
            long ticket = Ticket.of(HOUR, place);
            if (!gone.containsKey(ticket) && !keys.containsValue(ticket)) {
                String key = ScheduleState.keyOf("topic", "key ü" + random.nextInt(10));
                keys.put(key, ticket);
                placeAt.put(change.key(key, HOUR), place);
            }
        }

        void check(ScheduleState found, long seed) {
            for (int hour = HOUR; hour < HOUR + HOURS; hour++) {
                int first = PLACES;
                int pending = 0;
                for (int place = PLACES - 1; place >= 0; place--) {
                    long ticket = Ticket.of(hour, place);
                    Status status = gone.getOrDefault(ticket, Status.PENDING);
                    assertThat(found.status(ticket)).as("seed %s", seed).isEqualTo(status);
                    first = status == Status.PENDING ? place : first;
                    pending += status == Status.PENDING ? 1 : 0;
                }
                int ofHour = hour;
                assertThat(found.expired(hour))
                        .as("seed %s", seed)
                        .containsExactly(IntStream.range(0, PLACES)
                                .filter(place -> gone.get(Ticket.of(ofHour, place)) == Status.EXPIRED)
                                .toArray());
                assertThat(found.firstPending(hour)).as("seed %s", seed).isEqualTo(first);
                assertThat(found.pendingCount(hour, PLACES)).as("seed %s", seed).isEqualTo(pending);
            }
            keys.forEach((key, ticket) -> {
                assertThat(found.ticketOf(key)).as("seed %s", seed).isEqualTo(ticket);
                assertThat(found.keyOf(ticket)).as("seed %s", seed).isEqualTo(key);
            });
            assertThat(found.keyCount()).as("seed %s", seed).isEqualTo(keys.size());
            assertThat(found.paused()).as("seed %s", seed).isEqualTo(paused);
        }
    }

    @Test
    void agreesWithAModelAndIsTheSameAfterASnapshot() {
        for (long seed = 0; seed < 300; seed++) {
            Model model = new Model(seed);
            model.change(1 + (int) (seed % 60));
            model.check(model.state, seed);

            ScheduleState restored = new ScheduleState();
            restored.apply(ByteBuffer.wrap(new ScheduleChange()
                    .topic(ScheduleChange.PAUSE, "forgotten")
                    .toBytes()));
            restored.restore(ByteBuffer.wrap(model.state.snapshot()));

            model.check(restored, seed);
            assertThat(restored.snapshot()).as("seed %s", seed).isEqualTo(model.state.snapshot());
        }
    }

    @Test
    void refusesASnapshotThatIsCutOffOrTooLong() {
        byte[] whole = snapshot();
        for (int length = 0; length < whole.length; length++) {
            assertCorrupt(Arrays.copyOf(whole, length), "length " + length);
        }
        assertCorrupt(Arrays.copyOf(whole, whole.length + 1), "a byte too many");
    }

    @Test
    void takesADamagedSnapshotOrSaysThatItIsCorrupt() {
        byte[] whole = snapshot();
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = whole.clone();
            for (int bytes = random.nextInt(3); bytes >= 0; bytes--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                new ScheduleState().restore(ByteBuffer.wrap(damaged));
            } catch (Corrupt _) {
                // as it should
            }
        }
    }

    private static byte[] snapshot() {
        Model model = new Model(42);
        model.change(200);
        return model.state.snapshot();
    }

    private static void assertCorrupt(byte[] snapshot, String what) {
        assertThatThrownBy(() -> new ScheduleState().restore(ByteBuffer.wrap(snapshot)))
                .as(what)
                .isInstanceOf(Corrupt.class);
    }

    @Test
    void refusesAChangeThatIsCutOff() {
        byte[] whole = new ScheduleChange()
                .ticket(ScheduleChange.LEFT, Ticket.of(HOUR, 1))
                .topic(ScheduleChange.PAUSE, "topic")
                .toBytes();
        Set<Integer> wholeSteps = Set.of(0, 13, whole.length);
        for (int length = 0; length <= whole.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(whole, length));
            if (wholeSteps.contains(length)) {
                new ScheduleState().apply(cut);
            } else {
                assertThatThrownBy(() -> new ScheduleState().apply(cut))
                        .as("length %s", length)
                        .isInstanceOf(Corrupt.class);
            }
        }
    }

    @Test
    void refusesWhatCannotBeAChange() {
        byte[] noKind = {99};
        byte[] negativeCount = {ScheduleChange.LEFT, -1, -1, -1, -1};
        byte[] negativePlace = new ScheduleChange()
                .ticket(ScheduleChange.CANCELLED, Ticket.of(HOUR, -3))
                .toBytes();

        for (byte[] change : new byte[][] {noKind, negativeCount, negativePlace}) {
            assertThatThrownBy(() -> new ScheduleState().apply(ByteBuffer.wrap(change)))
                    .isInstanceOf(Corrupt.class);
        }
    }

    @Test
    void remembersOfAForgottenHourWhereItEnded() {
        ScheduleState state = new ScheduleState();
        long[] tickets = {Ticket.of(HOUR, 0), Ticket.of(HOUR, 1)};
        state.apply(ByteBuffer.wrap(new ScheduleChange()
                .tickets(ScheduleChange.LEFT, tickets, 2)
                .ticket(ScheduleChange.CANCELLED, Ticket.of(HOUR + 1, 3))
                .forget(List.of(HOUR, HOUR + 1, HOUR + 2))
                .toBytes()));

        for (ScheduleState one : List.of(state, restored(state.snapshot()))) {
            assertThat(one.forgottenCount()).isEqualTo(1);
            assertThat(one.firstPending(HOUR)).isEqualTo(2);
            assertThat(one.status(Ticket.of(HOUR, 1))).isEqualTo(Status.LEFT);
            assertThat(one.status(Ticket.of(HOUR, 2))).isEqualTo(Status.PENDING);
            assertThat(one.pendingCount(HOUR, 5)).isEqualTo(3);
            assertThat(one.status(Ticket.of(HOUR + 1, 3)))
                    .as("an hour with gaps is not forgotten")
                    .isEqualTo(Status.CANCELLED);
        }
        state.apply(ByteBuffer.wrap(new ScheduleChange()
                .ticket(ScheduleChange.CANCELLED, Ticket.of(HOUR, 2))
                .toBytes()));
        assertThat(state.forgottenCount()).isZero();
        assertThat(state.firstPending(HOUR)).isEqualTo(3);
        assertThat(state.status(Ticket.of(HOUR, 1))).isEqualTo(Status.LEFT);
        assertThat(state.status(Ticket.of(HOUR, 2))).isEqualTo(Status.CANCELLED);
    }

    @Test
    void readsSnapshotsOfEarlierVersions() {
        ScheduleState state = new ScheduleState();
        state.apply(ByteBuffer.wrap(new ScheduleChange()
                .ticket(ScheduleChange.LEFT, Ticket.of(HOUR, 0))
                .topic(ScheduleChange.PAUSE, "topic")
                .toBytes()));
        byte[] snapshot = state.snapshot();
        int expiredAt = 1 + 4 + 4 + (4 + 2 * 8) + 3 * 4; // behind one hour, of which all but the first array are empty
        byte[] second = without4(snapshot, expiredAt);
        second[0] = 2;
        byte[] first = without4(second, second.length - 4); // the count of forgotten hours
        first[0] = 1;

        for (byte[] earlier : List.of(first, second)) {
            ScheduleState restored = restored(earlier);

            assertThat(restored.firstPending(HOUR)).isEqualTo(1);
            assertThat(restored.paused()).containsExactly("topic");
            assertThat(restored.snapshot()).isEqualTo(snapshot);
        }
    }

    private static byte[] without4(byte[] all, int at) {
        byte[] left = Arrays.copyOf(all, all.length - 4);
        System.arraycopy(all, at + 4, left, at, left.length - at);
        return left;
    }

    private static ScheduleState restored(byte[] snapshot) {
        ScheduleState state = new ScheduleState();
        state.restore(ByteBuffer.wrap(snapshot));
        return state;
    }

    @Test
    void knowsNothingOfTicketsThatCannotBe() {
        ScheduleState state = new ScheduleState();
        state.apply(ByteBuffer.wrap(new ScheduleChange()
                .ticket(ScheduleChange.LEFT, Ticket.of(HOUR, 0))
                .toBytes()));

        assertThat(state.status(Ticket.of(HOUR, -1))).isEqualTo(Status.PENDING);
        assertThat(state.status(-1)).isEqualTo(Status.PENDING);
    }
}
