package io.carillon.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.message.LightDispatch;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordEncoder;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.LossyStorage;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Light queues over one log: what is in them, and what a record says about it. */
class LightQueuesTest {
    private static final LogConfig CONFIG = LogDriver.config(LogConfig.Flush.SYNC, 64 << 10);
    private static final String A = "%LMQ%a";
    private static final String B = "%LMQ%b";

    private final LossyStorage storage = new LossyStorage();
    private LogDriver driver = open();

    private LogDriver open() {
        LogDriver opened = new LogDriver(CONFIG, storage);
        opened.lightQueues.putAll(Map.of("both", List.of(A, B), "first", List.of(A)));
        return opened;
    }

    private void reopen() {
        driver.close();
        driver = open();
    }

    @AfterEach
    void close() {
        driver.close();
    }

    private void send(String topic, int number) {
        driver.send(topic, 1, "id" + number, "body " + number);
        driver.settle();
    }

    private List<String> bodies(String light) {
        return bodies(driver, light);
    }

    private @Nullable String places(String topic, long offset) {
        MemorySegment record = driver.read(topic, 1, offset);
        assertThat(record).isNotNull();
        return MessageProperties.of(record, 0, LightDispatch.PLACES);
    }

    @Test
    void storesARecordOnceAndReadsItInEachQueueThatItNames() {
        send("first", 0);
        send("both", 1);
        send("none", 2);

        assertThat(bodies(A)).containsExactly("body 0", "body 1");
        assertThat(bodies(B)).containsExactly("body 1");
        assertThat(places("both", 0)).isEqualTo("0000000000000000001,0000000000000000000");
        QueueEntry light = new QueueEntry();
        driver.log.queue(B, 0).read(0, light);
        assertThat(driver.acked.get(1).logOffset()).isEqualTo(light.logOffset);
        assertThat(light.tagsCode).isEqualTo("t".hashCode());
    }

    @Test
    void putsARetriedMessageIntoItsLightQueuesOnce() {
        send("both", 1);
        send("both", 1);

        assertThat(bodies(A)).containsExactly("body 1");
        assertThat(bodies(B)).containsExactly("body 1");
    }

    @Test
    void findsEverythingAgainWithAndWithoutTheIndex() {
        send("both", 0);
        driver.pass(Duration.ofSeconds(10));
        send("both", 1);
        reopen();
        assertThat(bodies(A)).containsExactly("body 0", "body 1");

        driver.close();
        QueueIndex.discard(storage);
        driver = open();

        assertThat(bodies(A)).containsExactly("body 0", "body 1");
        assertThat(bodies(B)).containsExactly("body 0", "body 1");
        send("both", 2);
        assertThat(places("both", 2)).isEqualTo("0000000000000000002,0000000000000000002");
    }

    @Test
    void forgetsALightQueueThatIsDeletedAndKeepsWhatItPointedAt() {
        send("both", 0);
        driver.deleteTopic(A);
        driver.makeTopic(A);
        driver.settle();
        send("both", 1);

        assertThat(bodies(A)).containsExactly("body 1");
        assertThat(places("both", 1)).isEqualTo("0000000000000000000,0000000000000000001");
        reopen();
        assertThat(bodies(A)).containsExactly("body 1");
        assertThat(bodies(B)).containsExactly("body 0", "body 1");
    }

    @Test
    void leavesTheLightQueuesAloneWhenTheTopicOfTheirRecordsIsDeleted() {
        send("both", 0);
        driver.deleteTopic("both");
        driver.settle();
        reopen();

        assertThat(bodies(A)).containsExactly("body 0");
    }

    @Test
    void putsNothingIntoALightQueueWhoseTopicIsGone() {
        send("both", 0);
        driver.deleteTopic(A);
        driver.settle();
        send("both", 1);

        assertThat(driver.log.existingQueue(A, 0)).isNull();
        assertThat(places("both", 1)).isEqualTo("9223372036854775807,0000000000000000001");
        driver.makeTopic(A);
        driver.settle();
        send("both", 2);
        reopen();
        assertThat(bodies(A)).containsExactly("body 2");
        assertThat(bodies(B)).containsExactly("body 0", "body 1", "body 2");
    }

    @Test
    void goesOnWithALightQueueWhoseDeletionCouldNotBeWritten() {
        storage.fail(Call.Kind.WRITE, 1, Fault.DISK_FULL);
        driver.deleteTopic(A);
        send("both", 0);

        assertThat(bodies(A)).containsExactly("body 0");
    }

    @Test
    void takesBackARecordThatIsInSomeOfItsLightQueuesAlone() {
        driver.deleteTopic(A);
        driver.settle();
        storage.fail(Call.Kind.WRITE, 1, Fault.DISK_FULL);
        send("both", 0);
        send("both", 1);

        assertThat(driver.refused).containsExactly(Refusal.DISK_FULL);
        assertThat(bodies(B)).containsExactly("body 1");
    }

    /** Whatever is deleted while whatever is on its way. */
    @Property(tries = 200)
    void findsWhatWasThereAgainHoweverDeletionsAndMessagesMeet(
            @ForAll @Size(max = 40) List<@IntRange(max = 7) Integer> steps) {
        LossyStorage disk = new LossyStorage();
        Map<String, List<String>> before = new TreeMap<>();
        try (LogDriver live = new LogDriver(CONFIG, disk)) {
            live.lightQueues.putAll(Map.of("both", List.of(A, B), "first", List.of(A)));
            for (int i = 0; i < steps.size(); i++) {
                step(live, steps.get(i), i);
            }
            live.settle();
            for (String light : List.of(A, B)) {
                before.put(light, bodies(live, light));
            }
        }
        for (boolean isAnew : new boolean[] {false, true}) {
            if (isAnew) {
                QueueIndex.discard(disk);
            }
            try (LogDriver found = new LogDriver(CONFIG, disk)) {
                before.forEach((light, bodies) -> assertThat(bodies(found, light))
                        .as("%s, anew: %s", light, isAnew)
                        .isEqualTo(bodies));
            }
        }
    }

    private static void step(LogDriver live, int step, int number) {
        switch (step) {
            case 0, 1 -> live.send("both", 1, "id" + number, "body " + number);
            case 2 -> live.send("first", 1, "id" + number, "body " + number);
            case 3 -> live.deleteTopic(A);
            case 4 -> live.deleteTopic(B);
            case 5 -> List.of(A, B).forEach(live::makeTopic);
            case 6 -> live.settle();
            default -> live.pass(Duration.ofSeconds(6));
        }
    }

    private static List<String> bodies(LogDriver of, String light) {
        ConsumeQueue queue = of.log.existingQueue(light, 0);
        List<String> bodies = new ArrayList<>();
        for (long offset = 0; queue != null && offset < queue.offsetMax(); offset++) {
            MemorySegment record = of.read(light, 0, offset);
            if (record != null) {
                bodies.add(LogDriver.bodyOf(record));
            }
        }
        return bodies;
    }

    @Test
    void putsARecordOnceIntoAQueueThatItNamesTwice() {
        driver.lightQueues.put("twice", List.of(A, A));
        send("twice", 0);
        send("both", 1);
        assertThat(places("twice", 0)).isEqualTo("0000000000000000000,9223372036854775807");
        assertThat(bodies(A)).containsExactly("body 0", "body 1");

        driver.close();
        QueueIndex.discard(storage);
        driver = open();

        assertThat(bodies(A)).containsExactly("body 0", "body 1");
    }

    @Test
    void dropsFromLightQueuesWhatRetentionDrops() {
        for (int i = 0; i < 400; i++) {
            send("both", i);
        }
        driver.pass(Duration.ofDays(4));
        for (int i = 400; i < 410; i++) {
            send("both", i);
        }
        driver.pass(Duration.ofSeconds(6));

        ConsumeQueue light = driver.log.queue(A, 0);
        assertThat(light.offsetMin()).isPositive().isLessThan(400);
        assertThat(light.offsetMax()).isEqualTo(410);
        assertThat(bodies(A)).hasSize((int) (410 - light.offsetMin()));
        reopen();
        assertThat(driver.log.queue(A, 0).offsetMax()).isEqualTo(410);
    }

    @Test
    void takesBackWhatCouldNotBeWritten() {
        send("both", 0);
        storage.fail(Call.Kind.WRITE, 1, Fault.SHORT_WRITE);
        send("both", 1);
        send("both", 2);

        assertThat(driver.refused).containsExactly(Refusal.DISK_FULL);
        assertThat(bodies(A)).containsExactly("body 0", "body 2");
        assertThat(places("both", 1)).isEqualTo("0000000000000000001,0000000000000000001");
        reopen();
        assertThat(bodies(A)).containsExactly("body 0", "body 2");
    }

    @Test
    void takesNoPartInWhatARecordOnlyClaims() {
        assertThat(isDispatched("topic", A, "0000000000000000000")).isTrue();
        assertThat(isDispatched("topic", A, "0")).isFalse();
        assertThat(isDispatched("topic", A + "," + B, "0000000000000000000")).isFalse();
        assertThat(isDispatched("topic", "plain", "0000000000000000000")).isFalse();
        assertThat(isDispatched("topic", "%LMQ%", "0000000000000000000")).isFalse();
        assertThat(isDispatched("topic", A, "000000000000000000x")).isFalse();
        assertThat(isDispatched("%RETRY%group", A, "0000000000000000000")).isFalse();
        assertThat(isDispatched("%LMQ%b", A, "0000000000000000000")).isFalse();
    }

    private static boolean isDispatched(String topic, String names, String places) {
        byte[] properties = MessageProperties.encode(Map.of(LightDispatch.NAMES, names, LightDispatch.PLACES, places));
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        RecordEncoder.Head head = new RecordEncoder.Head();
        ByteBuffer body = ByteBuffer.allocate(0);
        int size = RecordEncoder.size(head, 0, name.length, properties.length);
        MemorySegment bytes = MemorySegment.ofArray(new byte[size]);
        new RecordEncoder().encode(bytes, 0, head, body, name, properties, properties.length);
        assertThat(MessageRecord.isWhole(bytes, 0, size)).isTrue();
        return new LightDispatch().read(bytes, 0);
    }
}
