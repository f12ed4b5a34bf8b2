package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EndFrameTest {
    @Test
    void commitsOneWayAndNamesTheHalf() {
        EndFrame frame = new EndFrame();
        ByteBuffer out = ByteBuffer.allocate(2 * frame.length());

        frame.put(out, 123, Long.MAX_VALUE);
        frame.put(out, 0, 4096);

        String text = new String(out.array(), StandardCharsets.ISO_8859_1);
        assertThat(text.substring(0, frame.length()))
                .contains("\"tranStateTableOffset\":\"0000000000000000123\"")
                .contains("\"commitLogOffset\":\"9223372036854775807\"")
                .contains("\"flag\":2")
                .contains("\"commitOrRollback\":\"8\"");
        assertThat(text.substring(frame.length()))
                .contains("\"tranStateTableOffset\":\"0000000000000000000\"")
                .contains("\"commitLogOffset\":\"0000000000000004096\"");
    }
}
