package io.carillon.broker.produce;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.message.MessageProperties;
import io.carillon.message.RecordScan;
import io.carillon.testkit.ManualTicker;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StoredPropertiesTest {
    private static final String UNIQUE = "7F0000010001000000000000000000AA";

    private final StoredProperties properties =
            new StoredProperties("ours", new UniqueIds(new ManualTicker(), new SplittableRandom(1)));
    private final RecordScan scan = new RecordScan();

    private Map<String, String> completed(String sent) {
        byte[] text = sent.replace('=', '\u0001').replace(';', '\u0002').getBytes(StandardCharsets.UTF_8);
        byte[] bytes = Arrays.copyOf(text, text.length + properties.growthMax());
        MemorySegment segment = MemorySegment.ofArray(bytes);
        int length = properties.complete(bytes, segment, text.length, false, scan);
        assertThat(bytes[length - 1]).isEqualTo(MessageProperties.VALUE_END);
        return MessageProperties.decode(segment, 0, length);
    }

    @Test
    void addsWhatEveryMessageBears() {
        assertThat(completed("TAGS=a;UNIQ_KEY=" + UNIQUE))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "TAGS", "a",
                        "UNIQ_KEY", UNIQUE,
                        "MSG_REGION", "DefaultRegion",
                        "TRACE_ON", "true",
                        "CLUSTER", "ours"));
    }

    @Test
    void saysItsOwnRegionTraceAndClusterWhateverTheClientSays() {
        String sent = "CLUSTER=theirs;TAGS=a;TRACE_ON=false;UNIQ_KEY=" + UNIQUE + ";MSG_REGION=Elsewhere";

        assertThat(completed(sent))
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "TAGS", "a",
                        "UNIQ_KEY", UNIQUE,
                        "MSG_REGION", "DefaultRegion",
                        "TRACE_ON", "true",
                        "CLUSTER", "ours"));
        assertThat(scan.tagsCode()).as("found where it stands now").isEqualTo("a".hashCode());
    }

    @Test
    void dropsReceiptHandlesAndTransientPropertiesAndLeavesOddOnesAsTheyAre() {
        String sent = "POP_CK=1 2 3;odd=a=b;__RMQ.TRANSIENT.x=1;__RMQ=2;UNIQ_KEY=" + UNIQUE + ";";

        assertThat(completed(sent))
                .containsEntry("odd", "a\u0001b")
                .containsEntry("__RMQ", "2")
                .doesNotContainKeys("POP_CK", "__RMQ.TRANSIENT.x")
                .hasSize(6);
    }
}
