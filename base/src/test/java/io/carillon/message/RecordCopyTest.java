package io.carillon.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordCopyTest {
    /** A record stands anywhere in its bytes. */
    private static final int AT = 5;

    private final RecordEncoder.Head head = new RecordEncoder.Head();
    private final Map<String, String> properties = new LinkedHashMap<>();
    private final RecordCopy copy = new RecordCopy();

    private byte[] record(String topic, byte[] body) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        byte[] encoded = MessageProperties.encode(properties);
        byte[] bytes = new byte[AT + RecordEncoder.size(head, body.length, name.length, encoded.length)];
        new RecordEncoder()
                .encode(MemorySegment.ofArray(bytes), AT, head, ByteBuffer.wrap(body), name, encoded, encoded.length);
        return bytes;
    }

    private byte[] written() {
        byte[] bytes = new byte[AT + copy.size()];
        copy.write(MemorySegment.ofArray(bytes), AT);
        assertThat(MessageRecord.isWhole(MemorySegment.ofArray(bytes), AT, bytes.length))
                .isTrue();
        return bytes;
    }

    private void assertCopiedAsItIs(byte[] record) {
        byte[] stored = record.clone();
        MessageRecord.stamp(MemorySegment.ofArray(stored), AT, 17, 4711, 1_750_000_000_000L);

        copy.read(MemorySegment.ofArray(stored), AT);
        assertThat(written()).as("what the log decides is zero again").isEqualTo(record);
    }

    @Test
    void copiesEveryKindOfRecordByteForByte() {
        head.queueId = 3;
        head.flag = 9;
        head.sysFlag = 1;
        head.bornTimestampMs = 1_749_999_999_999L;
        head.reconsumeTimes = 2;
        head.preparedTransactionOffset = DueTime.of(1_750_000_000_000L, 7);
        byte[] large = new byte[100_000];
        Arrays.fill(large, (byte) 'x');
        for (int hostBytes : new int[] {MessageRecord.HOST_V4_BYTES, MessageRecord.HOST_V6_BYTES}) {
            head.bornHost = host(hostBytes, 1);
            for (int storeHostBytes : new int[] {MessageRecord.HOST_V4_BYTES, MessageRecord.HOST_V6_BYTES}) {
                head.storeHost = host(storeHostBytes, 100);
                properties.clear();
                assertCopiedAsItIs(record("orders", large));
                assertCopiedAsItIs(record("t", new byte[0]));
                properties.put("z", "last in the alphabet");
                properties.put(MessageProperties.TAGS, "grün, 緑, \uD83D\uDFE2");
                properties.put("a", "first");
                assertCopiedAsItIs(record("x".repeat(200), "body".getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    private static byte[] host(int length, int first) {
        byte[] host = new byte[length];
        for (int i = 0; i < length; i++) {
            host[i] = (byte) (first + i);
        }
        return host;
    }

    @Test
    void writesWhatWasChanged() {
        properties.put(MessageProperties.UNIQ_KEY, "id1");
        properties.put(MessageProperties.DELAY, "3");
        head.preparedTransactionOffset = DueTime.of(1_750_000_000_000L, 7);
        byte[] body = "body".getBytes(StandardCharsets.UTF_8);
        copy.read(MemorySegment.ofArray(record("orders", body)), AT);
        copy.topic = "payments-".repeat(20);
        copy.head.queueId = 12;
        copy.head.preparedTransactionOffset = 0;
        copy.properties.remove(MessageProperties.DELAY);
        copy.properties.put(MessageProperties.TAGS, "tag");
        byte[] bytes = new byte[copy.size()];
        MemorySegment into = MemorySegment.ofArray(bytes);
        RecordScan scan = copy.write(into, 0);

        assertThat(MessageRecord.isWhole(into, 0, bytes.length)).isTrue();
        assertThat(MessageRecord.topic(into, 0)).isEqualTo(copy.topic);
        assertThat(MessageRecord.queueId(into, 0)).isEqualTo(12);
        assertThat(MessageRecord.due(into, 0)).isZero();
        assertThat(MessageProperties.decode(into, 0))
                .isEqualTo(Map.of(MessageProperties.UNIQ_KEY, "id1", MessageProperties.TAGS, "tag"));
        assertThat(into.asSlice(MessageRecord.bodyAt(into, 0), 4).toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(body);
        assertThat(scan.start).isEqualTo(MessageRecord.propertiesAt(into, 0));
        assertThat(scan.tagsCode()).isEqualTo("tag".hashCode());
        assertThat(MessageRecord.text(into, scan.uniqueAt, scan.uniqueLength)).isEqualTo("id1");
    }

    @Test
    void keepsNothingOfTheRecordBefore() {
        properties.put(MessageProperties.TAGS, "tag");
        copy.read(MemorySegment.ofArray(record("orders", new byte[1000])), AT);
        written();
        properties.clear();

        assertCopiedAsItIs(record("t", new byte[1]));
    }

    @Test
    void refusesPropertiesThatARecordDoesNotHold() {
        copy.read(MemorySegment.ofArray(record("orders", new byte[1])), AT);
        copy.properties.put("p", "x".repeat(MessageRecord.PROPERTIES_BYTES_MAX - 3));
        assertThat(MessageRecord.propertiesLength(MemorySegment.ofArray(written()), AT))
                .isEqualTo(MessageRecord.PROPERTIES_BYTES_MAX);
        copy.properties.put("p", "x".repeat(MessageRecord.PROPERTIES_BYTES_MAX - 2));

        assertThatThrownBy(copy::size)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("" + MessageRecord.PROPERTIES_BYTES_MAX);
    }

    @Test
    void aTransactionsMessageIsNotDueLater() {
        head.sysFlag = SysFlag.TRANSACTION_MASK;
        head.preparedTransactionOffset = 4711;
        MemorySegment record = MemorySegment.ofArray(record("orders", new byte[1]));
        assertThat(MessageRecord.due(record, AT)).isZero();
        assertThat(MessageRecord.preparedTransactionOffset(record, AT)).isEqualTo(4711);
    }
}
