package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SendFrameTest {
    private static final String PREFIX = "ABCDEF0123456789";
    private static final SendShape SHAPE = SendShape.of("bench_test", 1024);

    private final SplittableRandom random = new SplittableRandom(7);

    @Test
    void aJsonSendReadsBackAsTheOfficialClientWouldHaveSentIt() {
        SendFrame frame = frame(SHAPE);

        ByteBuffer bytes = put(frame, SendFrame.OPAQUE_MIN + 42, 11, 99);

        assertThat(bytes.getInt()).isEqualTo(bytes.limit() - 4);
        JSONObject header = jsonHeader(bytes);
        assertThat(header.getIntValue("code")).isEqualTo(310);
        assertThat(header.getIntValue("opaque")).isEqualTo(1_000_000_042);
        assertThat(header.getIntValue("flag")).isZero();
        assertThat(header.getString("language")).isEqualTo("JAVA");
        assertThat(header.getIntValue("version")).isEqualTo(513);
        JSONObject fields = header.getJSONObject("extFields");
        assertThat(fields.getString("b")).isEqualTo("bench_test");
        assertThat(fields.getString("e")).isEqualTo("3");
        assertThat(fields.getString("g")).isEqualTo("1700000000000");
        assertThat(fields.getString("i"))
                .isEqualTo("UNIQ_KEY\u0001ABCDEF01234567890000000000000000\u0002WAIT\u0001true\u0002");
        assertThat(fields.getString("m")).isEqualTo("false");
        assertThat(bytes.remaining()).isEqualTo(1024);
        assertThat(bytes.getLong()).isEqualTo(99);
        assertThat(bytes.getLong()).isEqualTo(11);
    }

    @Test
    void aDelayIsAPropertyOfTheMessage() {
        assertThat(propertiesWith(Delay.of(Duration.ofMinutes(10)))).endsWith("\u0002TIMER_DELAY_MS\u0001600000\u0002");
        assertThat(propertiesWith(Delay.until(1_700_000_020_000L)))
                .endsWith("\u0002TIMER_DELIVER_MS\u00011700000020000\u0002");
        assertThat(propertiesWith(Delay.NONE)).endsWith("\u0002WAIT\u0001true\u0002");
        assertThatThrownBy(() -> SHAPE.inBatchesOf(2).delayed(Delay.until(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void eachMessageIsDueAtATimeOfItsOwnWhenTheyAreSpread() {
        long fromMs = 1_700_000_000_000L;
        SendFrame frame = frame(SHAPE.delayed(Delay.between(fromMs, Duration.ofDays(7))));
        Set<Long> times = new HashSet<>();
        for (int n = 0; n < 100; n++) {
            String properties = propertiesOf(put(frame, SendFrame.OPAQUE_MIN, n, 1));
            times.add(Long.parseLong(properties.replaceAll(".*TIMER_DELIVER_MS\u0001(\\d{13})\u0002", "$1")));
        }

        assertThat(times).hasSizeGreaterThan(90).allMatch(ms -> ms >= fromMs && ms < fromMs + 7 * 86_400_000L);
    }

    @Test
    void keysComeInTurns() {
        SendFrame frame = frame(SHAPE.keyed(3));

        assertThat(propertiesOf(put(frame, SendFrame.OPAQUE_MIN, 2, 1))).endsWith("CARILLON_KEY\u000100000002\u0002");
        assertThat(propertiesOf(put(frame, SendFrame.OPAQUE_MIN, 3, 1))).endsWith("CARILLON_KEY\u000100000000\u0002");
    }

    private String propertiesWith(Delay delay) {
        return propertiesOf(put(frame(SHAPE.delayed(delay)), SendFrame.OPAQUE_MIN, 0, 1));
    }

    private static String propertiesOf(ByteBuffer bytes) {
        bytes.getInt();
        return jsonHeader(bytes).getJSONObject("extFields").getString("i");
    }

    @Test
    void aMarkStandsInTheBodyBesideTheTime() {
        SendFrame frame = frame(SHAPE);
        ByteBuffer bytes = ByteBuffer.allocate(frame.length());

        frame.put(bytes, SendFrame.OPAQUE_MIN, 3, 99, -7);

        int bodyAt = frame.length() - 1024;
        assertThat(bytes.getLong(bodyAt)).isEqualTo(99);
        assertThat(bytes.getLong(bodyAt + 8)).isEqualTo(-7);
    }

    @Test
    void aBinarySendHoldsTheSameFields() {
        ByteBuffer json = put(frame(SHAPE), SendFrame.OPAQUE_MIN + 1, 5, 3);
        ByteBuffer binary = put(frame(SHAPE.withHeader(HeaderFormat.BINARY)), SendFrame.OPAQUE_MIN + 1, 5, 3);

        json.getInt();
        JSONObject wanted = jsonHeader(json).getJSONObject("extFields");
        assertThat(binary.getInt()).isEqualTo(binary.limit() - 4);
        int headerWord = binary.getInt();
        assertThat(headerWord >>> 24).isEqualTo(1);
        assertThat(binary.getShort()).isEqualTo((short) 310);
        assertThat(binary.get()).isZero();
        assertThat(binary.getShort()).isEqualTo((short) 513);
        assertThat(binary.getInt()).isEqualTo(SendFrame.OPAQUE_MIN + 1);
        assertThat(binary.getInt()).isZero();
        assertThat(binary.getInt()).isZero();
        assertThat(binaryFields(binary)).isEqualTo(wanted);
        assertThat(binary.getLong()).isEqualTo(3);
    }

    @Test
    void everyMessageOfABatchHasItsOwnIdAndTheTime() {
        SendFrame frame = frame(SHAPE.inBatchesOf(32));

        ByteBuffer bytes = put(frame, SendFrame.OPAQUE_MIN, 0, 77);

        bytes.getInt();
        JSONObject header = jsonHeader(bytes);
        assertThat(header.getIntValue("code")).isEqualTo(320);
        assertThat(header.getJSONObject("extFields").getString("m")).isEqualTo("true");
        List<String> properties = new ArrayList<>();
        while (bytes.hasRemaining()) {
            int start = bytes.position();
            int size = bytes.getInt();
            bytes.getInt(); // magic
            bytes.getInt(); // checksum
            bytes.getInt(); // flag
            int bodyBytes = bytes.getInt();
            assertThat(bodyBytes).isEqualTo(1024);
            assertThat(bytes.getLong(bytes.position())).isEqualTo(77);
            bytes.position(bytes.position() + bodyBytes);
            properties.add(text(bytes, bytes.getShort()));
            assertThat(bytes.position()).isEqualTo(start + size);
        }
        assertThat(properties).hasSize(32).doesNotHaveDuplicates().allMatch(text -> text.startsWith("UNIQ_KEY\u0001"));
    }

    @Property(tries = 50)
    void noTwoFramesShareAnIdAndAllHaveTheSameLength(
            @ForAll @IntRange(min = 1, max = 5) int batch, @ForAll HeaderFormat format) {
        SendFrame frame =
                frame(SendShape.of("bench_test", 64).inBatchesOf(batch).withHeader(format));
        Set<String> ids = new HashSet<>();
        int wanted = 0;

        for (int n = 0; n < 40; n++) {
            ByteBuffer bytes = put(frame, SendFrame.OPAQUE_MIN + n, n, n);
            assertThat(bytes.limit()).isEqualTo(frame.length());
            Set<String> found = idsIn(bytes);
            wanted += found.size();
            ids.addAll(found);
        }

        assertThat(ids).hasSize(wanted).hasSize(40 * (batch == 1 ? 1 : batch + 1));
    }

    @Test
    void walksOverTheQueuesOfATopicBeforeTheNextTopic() {
        SendFrame frame = frame(SHAPE.overTopics(2_000));
        List<String> places = new ArrayList<>();

        for (long sequence : new long[] {0, 7, 8, 15_999, 16_000}) {
            ByteBuffer bytes = put(frame, SendFrame.OPAQUE_MIN, sequence, 1);
            bytes.getInt();
            JSONObject fields = jsonHeader(bytes).getJSONObject("extFields");
            places.add(fields.getString("b") + "/" + fields.getString("e"));
        }

        assertThat(places)
                .containsExactly(
                        "bench_test00000/0",
                        "bench_test00000/7",
                        "bench_test00001/0",
                        "bench_test01999/7",
                        "bench_test00000/0");
        assertThat(SHAPE.overTopics(2_000).topicName(1999)).isEqualTo("bench_test01999");
    }

    @Test
    void refusesAPrefixThatWouldShiftTheCounter() {
        assertThatThrownBy(() -> new SendFrame(SHAPE, "short", 0, random)).isInstanceOf(IllegalArgumentException.class);
    }

    private SendFrame frame(SendShape shape) {
        return new SendFrame(shape, PREFIX, 1_700_000_000_000L, random.split());
    }

    private static ByteBuffer put(SendFrame frame, int opaque, long sequence, long timeNs) {
        ByteBuffer bytes = ByteBuffer.allocate(frame.length());
        frame.put(bytes, opaque, sequence, timeNs);
        return bytes.flip();
    }

    private static JSONObject jsonHeader(ByteBuffer bytes) {
        int headerWord = bytes.getInt();
        assertThat(headerWord >>> 24).isZero();
        return JSON.parseObject(text(bytes, headerWord & 0xFFFFFF));
    }

    private static Map<String, Object> binaryFields(ByteBuffer bytes) {
        Map<String, Object> fields = new LinkedHashMap<>();
        int length = bytes.getInt();
        int end = bytes.position() + length;
        while (bytes.position() < end) {
            String name = text(bytes, bytes.getShort());
            fields.put(name, text(bytes, bytes.getInt()));
        }
        return fields;
    }

    private static Set<String> idsIn(ByteBuffer bytes) {
        String all = new String(bytes.array(), StandardCharsets.ISO_8859_1);
        Set<String> ids = new HashSet<>();
        for (int at = all.indexOf(PREFIX); at >= 0; at = all.indexOf(PREFIX, at + 1)) {
            assertThat(ids.add(all.substring(at, at + 32))).isTrue();
        }
        return ids;
    }

    private static String text(ByteBuffer bytes, int length) {
        byte[] text = new byte[length];
        bytes.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
