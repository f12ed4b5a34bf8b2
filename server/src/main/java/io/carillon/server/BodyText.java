package io.carillon.server;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The body of a message as people read it: as text when it is text, else as bytes in hex, 16 a line.
 */
final class BodyText {
    private static final int LINE_BYTES = 16;
    private static final int UTF8_BYTES_MAX = 4;

    private final byte[] bytes;

    /** @param bytes the body, or its beginning */
    BodyText(byte[] bytes) {
        this.bytes = bytes;
    }

    String text() {
        CharBuffer text = CharBuffer.allocate(bytes.length);
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer from = ByteBuffer.wrap(bytes);
        // Not told that this is the end, the decoder leaves a character alone that was cut in two.
        boolean isText = !decoder.decode(from, text, false).isError()
                && from.remaining() < UTF8_BYTES_MAX
                && isReadable(text.flip());
        return isText ? ended(text.toString()) : hex();
    }

    private static boolean isReadable(CharSequence text) {
        return text.chars().allMatch(c -> c == '\n' || c == '\t' || c == '\r' || !Character.isISOControl(c));
    }

    /** A carriage return would let a line hide the one before it. */
    private static String ended(String text) {
        String lines = text.replace("\r\n", "\n").replace('\r', '?');
        return lines.endsWith("\n") ? lines : lines + "\n";
    }

    private String hex() {
        StringBuilder lines = new StringBuilder();
        HexFormat spaced = HexFormat.ofDelimiter(" ");
        for (int at = 0; at < bytes.length; at += LINE_BYTES) {
            int end = Math.min(bytes.length, at + LINE_BYTES);
            lines.append(String.format("%08x  ", at));
            lines.append(String.format("%-48s ", spaced.formatHex(bytes, at, end)));
            for (int i = at; i < end; i++) {
                lines.append(bytes[i] >= ' ' && bytes[i] < 0x7F ? (char) bytes[i] : '.');
            }
            lines.append('\n');
        }
        return lines.toString();
    }
}
