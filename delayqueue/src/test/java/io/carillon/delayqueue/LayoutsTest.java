package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.delayqueue.RetryPolicy;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** What is read is what was written: ids, members, properties, receipts. */
class LayoutsTest {
    private static final Receipts RECEIPTS = new Receipts(new byte[] {1, 2, 3});

    @Property(tries = 200)
    void findsInAnIdWhatIsInIt(
            @ForAll @IntRange(max = 16_383) int day,
            @ForAll @IntRange(max = 19) int bucket,
            @ForAll @LongRange(max = (1L << 44) - 1) long serial) {
        long id = MessageId.of(day, bucket, serial);

        assertThat(id).isNotNegative();
        assertThat(MessageId.day(id)).isEqualTo(day);
        assertThat(MessageId.bucket(id)).isEqualTo(bucket);
        if (id > 0) {
            assertThat(MessageId.parse(MessageId.text(id))).hasValue(id);
        }
    }

    @Test
    void refusesTextsThatAreNoIds() {
        assertThat(MessageId.parse("")).isEmpty();
        assertThat(MessageId.parse("no id")).isEmpty();
        assertThat(MessageId.parse("zzzzzzzzzzzzzzzzz")).isEmpty();
        assertThatThrownBy(() -> MessageId.of(1, 0, 1L << 44)).isInstanceOf(IllegalArgumentException.class);
    }

    @Property(tries = 200)
    void readsMembersAndReceiptsBack(
            @ForAll @LongRange(min = 1) long id,
            @ForAll int topic,
            @ForAll @IntRange(max = 9) int priority,
            @ForAll @IntRange(max = 255) int attempts,
            @ForAll @IntRange(max = 61) int bit,
            @ForAll @IntRange(min = 1, max = 65_535) int delivery,
            @ForAll @LongRange(min = 0, max = (1L << 48) - 1) long deadlineMs) {
        Member member = new Member(id, topic, priority, attempts, Member.OWN_RETRY);
        Receipts.Receipt receipt = new Receipts.Receipt(member, bit, delivery, deadlineMs);

        assertThat(Member.of(member.bytes())).isEqualTo(member);
        assertThat(RECEIPTS.parse(RECEIPTS.text(receipt))).contains(receipt);
    }

    @Property(tries = 200)
    void acceptsNoReceiptThatWasChanged(@ForAll @IntRange(max = 43) int at, @ForAll char other) {
        Receipts.Receipt receipt = new Receipts.Receipt(new Member(77, 3, 4, 0, 0), 5, 1, 1_764_000_000_000L);
        String text = RECEIPTS.text(receipt);
        String changed = text.substring(0, at) + other + text.substring(at + 1);

        assertThat(RECEIPTS.parse(changed))
                .satisfiesAnyOf(
                        parsed -> assertThat(parsed).isEmpty(),
                        _ -> assertThat(changed).isEqualTo(text));
        assertThat(new Receipts(new byte[] {9}).parse(text)).isEmpty();
    }

    @Property(tries = 200)
    void readsPropertiesBack(
            @ForAll @StringLength(max = 100) String key,
            @ForAll @StringLength(max = 100) String tag,
            @ForAll @LongRange(min = 0) long ttlMs,
            @ForAll boolean hasRetry,
            @ForAll @Size(max = 5) Map<@StringLength(max = 30) String, @StringLength(max = 30) String> headers) {
        Props props = new Props(
                ttlMs, utf8(key), utf8(tag), "o", hasRetry ? new RetryPolicy(3, 1, 1.5, 9) : null, utf8(headers));

        assertThat(Props.decode(props.encode())).isEqualTo(props);
    }

    private static Map<String, String> utf8(Map<String, String> texts) {
        Map<String, String> clean = new HashMap<>();
        texts.forEach((name, value) -> clean.put(utf8(name), utf8(value)));
        return clean;
    }

    /** Half a surrogate pair is no text. */
    private static String utf8(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
