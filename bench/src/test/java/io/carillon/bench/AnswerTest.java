package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AnswerTest {
    private final Answer answer = new Answer();

    @Test
    void readsWhatALoadNeedsFromAJsonHeader() {
        ByteBuffer bytes = json("""
                {"code":0,"extFields":{"nextBeginOffset":"123456789012","maxOffset":"5"},"flag":1,"opaque":1031,"version":513}""", "body");

        assertThat(answer.moveTo(bytes, 0, bytes.limit())).isEqualTo(bytes.limit());

        assertThat(answer.code()).isZero();
        assertThat(answer.opaque()).isEqualTo(1031);
        assertThat(answer.nextBeginOffset()).isEqualTo(123_456_789_012L);
        assertThat(answer.maxOffset()).isEqualTo(5);
        assertThat(answer.end() - answer.bodyAt()).isEqualTo(4);
    }

    @Test
    void readsWhereAMessageStands() {
        move("{\"code\":0,\"extFields\":{\"queueId\":\"0\",\"queueOffset\":\"17\","
                + "\"msgId\":\"7F00000100002A9F00000000001F00AB\"},\"opaque\":1}");

        assertThat(answer.queueOffset()).isEqualTo(17);
        assertThat(answer.logOffset()).isEqualTo(0x1F00ABL);

        move("{\"code\":0}");
        assertThat(answer.logOffset()).isEqualTo(-1);
    }

    @Test
    void findsAFieldThatHasMovedSinceTheAnswerBefore() {
        move("{\"code\":0,\"opaque\":7}");
        assertThat(answer.opaque()).isEqualTo(7);

        move("{\"opaque\":8,\"remark\":\"x\",\"code\":-3}");
        assertThat(answer.opaque()).isEqualTo(8);
        assertThat(answer.code()).isEqualTo(-3);
    }

    @Test
    void isNotMisledByTheTextOfARemark() {
        move("{\"remark\":\"a \\\"code\\\":0 is not meant\",\"code\":2,\"opaque\":1}");

        assertThat(answer.code()).isEqualTo(2);
        assertThat(answer.header()).contains("is not meant");
    }

    @Test
    void takesAMissingFieldForMinusOne() {
        move("{\"flag\":1}");

        assertThat(answer.code()).isEqualTo(-1);
        assertThat(answer.maxOffset()).isEqualTo(-1);
    }

    @Test
    void tellsAnAnswerFromARequestThatTheServerMakesItself() {
        move("{\"code\":0,\"flag\":1,\"opaque\":7}");
        assertThat(answer.isAnswer()).isTrue();

        move("{\"code\":40,\"flag\":2,\"opaque\":7}");
        assertThat(answer.isAnswer()).isFalse();

        move("{\"code\":40,\"opaque\":7}");
        assertThat(answer.isAnswer()).isFalse();
    }

    @Test
    void readsABinaryHeader() {
        ByteBuffer bytes = ByteBuffer.allocate(4 + 4 + 21);
        bytes.putInt(25).putInt((1 << 24) | 21);
        bytes.putShort((short) 17)
                .put((byte) 0)
                .putShort((short) 513)
                .putInt(99)
                .putInt(1);
        bytes.putInt(0).putInt(0);

        assertThat(answer.moveTo(bytes, 0, bytes.limit())).isEqualTo(bytes.limit());

        assertThat(answer.code()).isEqualTo(17);
        assertThat(answer.opaque()).isEqualTo(99);
    }

    @Test
    void waitsForTheRestOfAFrame() {
        ByteBuffer bytes = json("{\"code\":0}", "body");

        for (int limit = 0; limit < bytes.limit(); limit++) {
            assertThat(answer.moveTo(bytes, 0, limit)).isEqualTo(-1);
        }
        assertThat(answer.moveTo(bytes, 0, bytes.limit())).isEqualTo(bytes.limit());
    }

    private void move(String header) {
        ByteBuffer bytes = json(header, "");
        assertThat(answer.moveTo(bytes, 0, bytes.limit())).isPositive();
    }

    private static ByteBuffer json(String header, String body) {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        byte[] rest = body.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + text.length + rest.length)
                .putInt(4 + text.length + rest.length)
                .putInt(text.length)
                .put(text)
                .put(rest)
                .flip();
    }
}
