package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.message.Topic;
import io.carillon.nameserver.TableVersion;
import io.carillon.remoting.BadRequest;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.zip.DeflaterOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistrationBodyTest {
    private static final Topic ORDERS =
            new Topic("orders", 4, 8, 7, "MULTI_TAG", 3, true, Map.of("message.type", "FIFO"));

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void whatIsWrittenIsReadBack() {
        RegistrationBody body = new RegistrationBody(
                new TableVersion(1, 2, 3), List.of(ORDERS, Topic.of("%RETRY%g", 1)), Set.of("old"));

        RegistrationBody read = RegistrationBody.read(body.write(), false);

        assertThat(read.version()).isEqualTo(body.version());
        assertThat(read.topics()).containsExactlyInAnyOrderElementsOf(body.topics());
        assertThat(read.removedTopics()).containsExactly("old");
    }

    @Test
    void readsWhatAnApacheBrokerSends() {
        RegistrationBody read = RegistrationBody.read(utf8("""
                {"filterServerList":[],"topicConfigSerializeWrapper":{"dataVersion":{"counter":5,"stateVersion":0,"timestamp":9},
                 "mappingDataVersion":{"counter":0,"stateVersion":0,"timestamp":9},
                 "topicConfigTable":{"orders":{"attributes":{"message.type":"FIFO"},"order":true,"perm":7,"readQueueNums":4,
                 "topicFilterType":"MULTI_TAG","topicName":"orders","topicSysFlag":3,"writeQueueNums":8,"later":[1]}},
                 "topicQueueMappingDetailMap":{},"topicQueueMappingInfoMap":{"s":{"currIdMap":{0:0,1:1},"topic":"s"}}}}
                """), false);

        assertThat(read.version()).isEqualTo(new TableVersion(0, 9, 5));
        assertThat(read.topics()).containsExactly(ORDERS);
        assertThat(read.removedTopics()).isEmpty();
    }

    @Test
    void readsTheCompressedForm() throws IOException {
        byte[] body = compressed(
                "{\"counter\":5,\"stateVersion\":1,\"timestamp\":9}",
                "orders 4 8 7 MULTI_TAG {\"message.type\":\"FIFO\"}",
                "bills 1 1 6 SINGLE_TAG",
                "spaced 1 1 6 SINGLE_TAG {\"a\": \"b c\"}");

        RegistrationBody read = RegistrationBody.read(body, true);

        assertThat(read.version()).isEqualTo(new TableVersion(1, 9, 5));
        assertThat(read.topics())
                .containsExactly(
                        new Topic("orders", 4, 8, 7, "MULTI_TAG", 0, false, Map.of("message.type", "FIFO")),
                        Topic.of("bills", 1),
                        new Topic("spaced", 1, 1, 6, "SINGLE_TAG", 0, false, Map.of("a", "b c")));
    }

    private static byte[] compressed(String version, String... topics) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes))) {
            writeItem(out, version);
            out.writeInt(topics.length);
            for (String topic : topics) {
                writeItem(out, topic);
            }
            writeItem(out, "[]");
            out.writeInt(0);
        }
        return bytes.toByteArray();
    }

    private static void writeItem(DataOutputStream out, String item) throws IOException {
        out.writeInt(utf8(item).length);
        out.write(utf8(item));
    }

    @Test
    void aBodyThatClaimsMoreThanItHoldsIsRefusedWithoutBeingBuilt() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes))) {
            out.writeInt(Integer.MAX_VALUE);
        }
        assertThatThrownBy(() -> RegistrationBody.read(bytes.toByteArray(), true))
                .isInstanceOf(BadRequest.class);
        byte[] whole = compressed("{}", "orders 4 8 7 MULTI_TAG");
        assertThatThrownBy(() -> RegistrationBody.read(Arrays.copyOf(whole, whole.length / 2), true))
                .isInstanceOf(BadRequest.class);
        assertThatThrownBy(() -> RegistrationBody.read(compressed("{}", "orders 4 x 7 MULTI_TAG"), true))
                .isInstanceOf(BadRequest.class);
        assertThatThrownBy(() -> RegistrationBody.read(compressed("{}", "orders 4"), true))
                .isInstanceOf(BadRequest.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "[]",
                "{\"topicConfigSerializeWrapper\":7}",
                "{\"topicConfigSerializeWrapper\":{\"dataVersion\":[]}}",
                "{\"topicConfigSerializeWrapper\":{\"topicConfigTable\":{\"a\":5}}}",
                "{\"topicConfigSerializeWrapper\":{\"topicConfigTable\":{\"a\":{\"perm\":\"rw\"}}}}",
                "{\"topicConfigSerializeWrapper\":{\"topicConfigTable\":{\"a\":{\"readQueueNums\":-1}}}}",
                "{\"topicConfigSerializeWrapper\":{\"topicConfigTable\":{\" \":{}}}}"
            })
    void aMalformedBodyIsRefused(String body) {
        assertThatThrownBy(() -> RegistrationBody.read(utf8(body), false)).isInstanceOf(BadRequest.class);
    }

    @Property(tries = 300)
    void damagedBodiesAreReadOrRefusedAndNothingElse(@ForAll long seed, @ForAll boolean isCompressed)
            throws IOException {
        RandomGenerator random = new SplittableRandom(seed);
        byte[] body = isCompressed
                ? compressed("{\"counter\":5}", "orders 4 8 7 MULTI_TAG {\"a\":\"b\"}")
                : new RegistrationBody(new TableVersion(1, 2, 3), List.of(ORDERS), Set.of("old")).write();
        for (int i = 0; i < 3; i++) {
            body[random.nextInt(body.length)] = (byte) random.nextInt();
        }
        try {
            assertThat(RegistrationBody.read(body, isCompressed).topics()).isNotNull();
        } catch (BadRequest e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @Test
    void checksumsHave31Bits() {
        assertThat(RegistrationBody.checksum(utf8("123456789"))).isEqualTo(0x4BF43926);
    }
}
