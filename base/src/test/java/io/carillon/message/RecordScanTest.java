package io.carillon.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordScanTest {
    private final RecordScan scan = new RecordScan();

    private boolean hasExtras(byte[] properties) {
        scan.scan(MemorySegment.ofArray(properties), 0, properties.length);
        return scan.hasExtras;
    }

    private boolean hasExtras(String name, String value) {
        return hasExtras(MessageProperties.encode(Map.of("A", "b", name, value)));
    }

    @Test
    void findsEveryExtra() {
        for (String name : new String[] {
            Extras.KEY,
            Extras.KEY_POLICY,
            Extras.TTL_MS,
            Extras.JITTER_MS,
            Extras.PRIORITY,
            Extras.CRON,
            Extras.TIME_ZONE,
            Extras.START_MS,
            Extras.END_MS,
            Extras.MISFIRE,
            Extras.OCCURRENCE,
        }) {
            assertThat(hasExtras(name, "1")).as(name).isTrue();
        }
    }

    @Test
    void takesNothingElseForAnExtra() {
        assertThat(hasExtras("CARILLON", "1")).isFalse();
        assertThat(hasExtras("carillon_KEY", "1")).isFalse();
        assertThat(hasExtras("MY_CARILLON_KEY", "1")).isFalse();
        assertThat(hasExtras(MessageProperties.CLUSTER, "CARILLON_KEY")).isFalse();
        assertThat(scan.hasCluster).isTrue();
        assertThat(hasExtras(Extras.KEY, ""))
                .as("without a value it is no property")
                .isFalse();
        assertThat(hasExtras(new byte[0])).isFalse();
    }

    @Test
    void forgetsTheScanBefore() {
        assertThat(hasExtras(Extras.CRON, "@every 1s")).isTrue();
        assertThat(scan.hasCluster).isFalse();
        assertThat(hasExtras(MessageProperties.CLUSTER, "c")).isFalse();
        assertThat(scan.hasCluster).isTrue();
    }

    @Test
    void saysWhichBytesItScanned() {
        byte[] properties =
                "before".concat("TAGS\u0001t\u0002CARILLON_KEY\u0001k").getBytes(StandardCharsets.UTF_8);
        scan.scan(MemorySegment.ofArray(properties), 6, properties.length - 6);

        assertThat(scan.start).isEqualTo(6);
        assertThat(scan.length).isEqualTo(properties.length - 6);
        assertThat(scan.hasExtras).as("the last one needs no end").isTrue();
        assertThat(scan.tagsCode()).isEqualTo("t".hashCode());
    }
}
