package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class BodyTextTest {
    private static String shown(byte... bytes) {
        return new BodyText(bytes).text();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void showsTextAsText() {
        assertThat(shown(utf8("{\"a\": \"größer\"}\r\n\tb"))).isEqualTo("{\"a\": \"größer\"}\n\tb\n");
    }

    @Test
    void leavesACharacterAwayThatWasCutInTwo() {
        byte[] text = utf8("abc€");

        assertThat(shown(Arrays.copyOf(text, text.length - 1))).isEqualTo("abc\n");
    }

    @Test
    void showsWhatIsNoTextInHex() {
        assertThat(shown(new byte[] {0, (byte) 0xFF, 'A', 'b'}))
                .isEqualTo("00000000  00 ff 41 62                                      ..Ab\n");
        assertThat(shown(new byte[40]).lines()).hasSize(3);
    }

    @Test
    void doesNotLetABodyMoveTheCursor() {
        assertThat(shown(utf8("a\u001b[2J"))).startsWith("00000000  61 1b");
        assertThat(shown(utf8("seen\rhidden"))).isEqualTo("seen?hidden\n");
    }
}
