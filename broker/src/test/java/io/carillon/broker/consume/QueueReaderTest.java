package io.carillon.broker.consume;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.broker.consume.PullResult.Looked;
import io.carillon.broker.consume.PullResult.Status;
import io.carillon.broker.consume.QueueReader.Limits;
import io.carillon.broker.filter.MessageFilter;
import io.carillon.broker.filter.RecordFilter;
import io.carillon.broker.filter.RecordProperties;
import io.carillon.broker.filter.TagExpression;
import io.carillon.broker.filter.TagFilter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class QueueReaderTest {
    private static final Limits WIDE = new Limits(32, 1 << 20);

    @AutoClose
    private final StoredMessages stored = new StoredMessages();

    private final QueueReader reader = new QueueReader(stored);
    private final PullPlan plan = new PullPlan();

    private Looked look(MessageFilter filter, long offset, Limits limits) {
        plan.at(stored.queue(), filter);
        return reader.look(stored.queue(), filter, offset, limits, plan);
    }

    private Looked look(long offset) {
        return look(MessageFilter.ALL, offset, WIDE);
    }

    private static MessageFilter tags(String expression) {
        return MessageFilter.of(
                TagFilter.of(TagExpression.parse("T", expression, 1).orElseThrow()));
    }

    /** The tags of the messages in the plan, read back from the copied records. */
    private List<String> copied() {
        ByteBuffer bytes = ByteBuffer.allocate(plan.bytes());
        assertThat(reader.copy(plan, bytes)).isEqualTo(QueueReader.NOTHING_LOST);
        assertThat(bytes.hasRemaining()).isFalse();
        return StoredMessages.tags(bytes.flip());
    }

    @Test
    void waitsAtTheEndOfAQueueThatNeverHadAMessage() {
        assertThat(look(0)).isEqualTo(new Looked(Status.AT_END, 0, 0, 0));
        assertThat(look(0).mayWait()).isTrue();
    }

    @Test
    void sendsAReaderOfAnEmptyQueueBackToItsBeginning() {
        assertThat(look(5)).isEqualTo(new Looked(Status.NEVER_FILLED, 0, 0, 0));
        assertThat(look(-1)).isEqualTo(new Looked(Status.NEVER_FILLED, 0, 0, 0));
    }

    @Test
    void findsMessagesFromTheOffsetOn() {
        stored.append("a", "b", "c");

        assertThat(look(1)).isEqualTo(new Looked(Status.FOUND, 3, 0, 3));
        assertThat(copied()).containsExactly("b", "c");
    }

    @Test
    void waitsAtTheEnd() {
        stored.append("a", "b");

        assertThat(look(2)).isEqualTo(new Looked(Status.AT_END, 2, 0, 2));
    }

    @Test
    void sendsAReaderBehindTheEndBackToIt() {
        stored.append("a", "b");

        assertThat(look(9)).isEqualTo(new Looked(Status.TOO_LARGE, 2, 0, 2));
    }

    @Test
    void sendsAReaderBeforeTheBeginningToIt() {
        stored.append("a", "b");

        assertThat(look(-1)).isEqualTo(new Looked(Status.TOO_SMALL, 0, 0, 2));
    }

    @Test
    void passesOverWhatTheFilterDoesNotWant() {
        stored.append("a", "b", "a", "c", "b");

        assertThat(look(tags("a || b"), 1, WIDE)).isEqualTo(new Looked(Status.FOUND, 5, 0, 5));
        assertThat(copied()).containsExactly("b", "a", "b");
        assertThat(look(tags("x"), 1, WIDE)).isEqualTo(new Looked(Status.NONE_MATCHED, 5, 0, 5));
    }

    @Test
    void givesNoMoreMessagesThanAsked() {
        stored.append("a", "b", "c", "d");

        assertThat(look(MessageFilter.ALL, 0, new Limits(3, 1 << 20)).next()).isEqualTo(3);
        assertThat(copied()).containsExactly("a", "b", "c");
        assertThat(look(MessageFilter.ALL, 0, new Limits(0, 1 << 20)).next()).isEqualTo(1);
    }

    @Test
    void givesNoMoreBytesThanAskedButAlwaysTheFirstMessage() {
        stored.append("a", "b", "c");
        int size = stored.size(0);

        assertThat(look(MessageFilter.ALL, 0, new Limits(32, 2 * size)).next()).isEqualTo(2);
        assertThat(look(MessageFilter.ALL, 0, new Limits(32, 2 * size - 1)).next())
                .isEqualTo(1);
        assertThat(look(MessageFilter.ALL, 0, new Limits(32, 1)).next()).isEqualTo(1);
        assertThat(copied()).containsExactly("a");
    }

    @Test
    void stopsBeforeItHasExaminedTooMuch() {
        stored.append(java.util.Collections.nCopies(QueueReader.EXAMINED_MAX + 10, "a")
                .toArray(new String[0]));

        assertThat(look(tags("b"), 3, WIDE).next()).isEqualTo(QueueReader.EXAMINED_MAX + 3);
    }

    @Property(tries = 30)
    void givesEveryWantedMessageOnceHoweverItIsReadInPieces(@ForAll long seed) {
        try (StoredMessages fresh = new StoredMessages()) {
            Random random = new Random(seed);
            List<String> wanted = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String tag = String.valueOf((char) ('a' + random.nextInt(4)));
                fresh.append(tag);
                if (tag.equals("a") || tag.equals("c")) {
                    wanted.add(tag + i);
                }
            }
            assertThat(readInPieces(fresh, random)).containsExactlyElementsOf(wanted);
        }
    }

    private List<String> readInPieces(StoredMessages from, Random random) {
        QueueReader pieces = new QueueReader(from);
        List<String> read = new ArrayList<>();
        long offset = 0;
        while (true) {
            Limits limits = new Limits(1 + random.nextInt(9), 1 + random.nextInt(2000));
            Looked looked = pieces.look(from.queue(), tags("a || c"), offset, limits, plan);
            if (looked.mayWait()) {
                return read;
            }
            assertThat(looked.next()).isGreaterThan(offset);
            ByteBuffer bytes = ByteBuffer.allocate(plan.bytes());
            assertThat(pieces.copy(plan, bytes)).isEqualTo(QueueReader.NOTHING_LOST);
            read.addAll(StoredMessages.tagsAndOffsets(bytes.flip()));
            offset = looked.next();
        }
    }

    @Test
    void answersWithWhatStandsBeforeARecordThatVanished() {
        stored.append("a", "x", "b", "x", "c");
        Looked looked = look(tags("a || b || c"), 0, WIDE);
        stored.vanish(2);

        assertThat(plan.ranges()).isEqualTo(3);
        int lost = reader.copy(plan, ByteBuffer.allocate(plan.bytes()));
        Looked instead = QueueReader.afterLoss(looked, stored.queue(), plan, lost);

        assertThat(instead).isEqualTo(new Looked(Status.FOUND, 2, 0, 5));
        assertThat(copied()).containsExactly("a");
    }

    @Test
    void goesOnAfterAFirstRecordThatVanishedAndPassesOverNoOther() {
        stored.append("a", "x", "b");
        Looked looked = look(tags("a || b"), 0, WIDE);
        stored.vanish(0);

        int lost = reader.copy(plan, ByteBuffer.allocate(plan.bytes()));
        Looked instead = QueueReader.afterLoss(looked, stored.queue(), plan, lost);

        assertThat(instead).isEqualTo(new Looked(Status.REMOVED, 1, 0, 3));
        assertThat(look(tags("a || b"), instead.next(), WIDE).status()).isEqualTo(Status.FOUND);
        assertThat(copied()).containsExactly("b");
    }

    /** Wants the messages that have one of these tags, as it stands in their records. */
    private record TagInRecord(List<String> tags, int weight) implements RecordFilter {
        @Override
        public boolean matches(RecordProperties properties) {
            return properties.asMap().get("TAGS") instanceof String tag && tags.contains(tag);
        }
    }

    private static MessageFilter inRecord(String... tags) {
        return MessageFilter.of(new TagInRecord(List.of(tags), 1));
    }

    @Test
    void asksTheRecordWhatTheEntryCannotTell() {
        stored.append("a", "b", "a", "c", "b");

        assertThat(look(inRecord("a", "c"), 0, WIDE)).isEqualTo(new Looked(Status.FOUND, 5, 0, 5));
        assertThat(copied()).containsExactly("a", "a", "c");
        assertThat(look(inRecord("d"), 1, WIDE)).isEqualTo(new Looked(Status.NONE_MATCHED, 5, 0, 5));
    }

    @Test
    void asksTheRecordOnlyIfTheEntryLetsItThrough() {
        stored.append("a", "b", "c");
        MessageFilter both = new MessageFilter(tags("a || b").tags(), new TagInRecord(List.of("b", "c"), 1));

        look(both, 0, WIDE);

        assertThat(copied()).containsExactly("b");
        assertThat(stored.propertiesRead()).isEqualTo(2);
    }

    @Test
    void stopsAtAFullAnswerBeforeItAsksForMore() {
        stored.append("a", "a", "a", "a");

        assertThat(look(inRecord("a"), 0, new Limits(2, 1 << 20)).next()).isEqualTo(2);
        assertThat(stored.propertiesRead()).isEqualTo(2);
    }

    @Test
    void boundsTheWorkForAFilterThatLetsNothingThrough() {
        stored.append("a", "a", "a", "a");
        MessageFilter costly = MessageFilter.of(new TagInRecord(List.of("b"), (int) QueueReader.WORK_MAX / 100));

        assertThat(look(costly, 0, WIDE).next()).isEqualTo(2);
        assertThat(look(costly, 2, WIDE).next()).isEqualTo(4);
        assertThat(look(inRecord("b"), 0, new Limits(32, 1 << 20, 3)).next()).isEqualTo(3);
    }

    @Test
    void takesARecordThatVanishedForWantedSoThatTheCopyTellsOfIt() {
        stored.append("a", "a", "b");
        stored.vanish(1);

        Looked looked = look(inRecord("b"), 0, WIDE);
        int lost = reader.copy(plan, ByteBuffer.allocate(plan.bytes()));

        assertThat(QueueReader.afterLoss(looked, stored.queue(), plan, lost))
                .isEqualTo(new Looked(Status.REMOVED, 2, 0, 3));
    }
}
