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

    private RecordScan scanned(String name, String value) {
        byte[] properties = MessageProperties.encode(Map.of(name, value));
        scan.scan(MemorySegment.ofArray(properties), 0, properties.length);
        return scan;
    }

    @Test
    void findsWhatATransactionNeeds() {
        assertThat(scanned(MessageProperties.PGROUP, "group").hasProducerGroup).isTrue();
        assertThat(scanned("PGROUPS", "group").hasProducerGroup).isFalse();
        assertThat(scanned(MessageProperties.POP_CK, "receipt").hasProducerGroup)
                .isFalse();
        scanned(MessageProperties.CHECK_IMMUNITY_SECONDS, "30");
        assertThat(MessageProperties.text(scan.bytes, scan.immunityAt, scan.immunityLength))
                .isEqualTo("30");
        assertThat(scanned("A", "b").immunityLength).isZero();
    }

    @Test
    void findsEveryMarkOfABroker() {
        for (String name : new String[] {
            MessageProperties.REAL_TOPIC,
            MessageProperties.REAL_QID,
            MessageProperties.TIMER_OUT_MS,
            MessageProperties.TRANSACTION_CHECK_TIMES,
            MessageProperties.PREPARED_QUEUE_OFFSET,
        }) {
            assertThat(scanned(name, "1").hasMarks).as(name).isTrue();
        }
        assertThat(scanned(MessageProperties.TAGS, MessageProperties.REAL_TOPIC).hasMarks)
                .isFalse();
        assertThat(scanned(MessageProperties.TRAN_MSG, "true").hasMarks).isFalse();
        assertThat(scan.isTransactional).isTrue();
    }

    private String timer(String... namesAndValues) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            text.append(namesAndValues[i])
                    .append('\u0001')
                    .append(namesAndValues[i + 1])
                    .append('\u0002');
        }
        byte[] properties = text.toString().getBytes(StandardCharsets.UTF_8);
        scan.scan(MemorySegment.ofArray(properties), 0, properties.length);
        return scan.isDelayed()
                ? scan.timer + " " + MessageRecord.text(scan.bytes, scan.timerAt, scan.timerLength)
                : scan.timer.toString();
    }

    @Test
    void findsTheTimerThatGoesBeforeTheOthersInWhateverOrderTheyStand() {
        assertThat(timer("TIMER_DELIVER_MS", "4", "TIMER_DELAY_MS", "3", "TIMER_DELAY_SEC", "2", "DELAY", "1"))
                .isEqualTo("LEVEL 1");
        assertThat(timer("DELAY", "1", "TIMER_DELAY_SEC", "2", "TIMER_DELAY_MS", "3", "TIMER_DELIVER_MS", "4"))
                .isEqualTo("LEVEL 1");
        assertThat(timer("TIMER_DELIVER_MS", "4", "TIMER_DELAY_SEC", "2", "TIMER_DELAY_MS", "3"))
                .isEqualTo("DELAY_SEC 2");
        assertThat(timer("TIMER_DELIVER_MS", "4", "TIMER_DELAY_MS", "3")).isEqualTo("DELAY_MS 3");
        assertThat(timer("TIMER_DELIVER_MS", "4")).isEqualTo("DELIVER_MS 4");
        assertThat(scan.isDelayed()).isTrue();
    }

    @Test
    void takesTheLastValueOfATimerThatIsThereTwice() {
        assertThat(timer("TIMER_DELAY_MS", "3", "TIMER_DELAY_MS", "30")).isEqualTo("DELAY_MS 30");
    }

    @Test
    void passesOverALevelThatMeansNoDelay() {
        assertThat(timer("DELAY", "0", "TIMER_DELAY_MS", "3")).isEqualTo("DELAY_MS 3");
        assertThat(timer("DELAY", "-1", "TIMER_DELAY_MS", "3")).isEqualTo("DELAY_MS 3");
        assertThat(timer("DELAY", "0")).isEqualTo("NONE");
        assertThat(scan.isDelayed()).isFalse();
    }
}
