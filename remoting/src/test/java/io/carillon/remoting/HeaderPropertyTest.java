package io.carillon.remoting;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever a plain encoder makes of a header, the parser reads back. */
class HeaderPropertyTest {
    private final Header header = new Header();

    @Property(tries = 500)
    void readsBackAnyJsonHeader(
            @ForAll("fields") Map<String, String> ext,
            @ForAll int code,
            @ForAll int opaque,
            @ForAll("texts") String remark,
            @ForAll long seed) {
        Random random = new Random(seed);
        List<String> members = new ArrayList<>(List.of(
                "\"code\":" + code,
                "\"opaque\":" + opaque,
                "\"remark\":" + quoted(remark, random),
                "\"serializeTypeCurrentRPC\":\"JSON\"",
                "\"nested\":{\"code\":[1,\"}\",{\"opaque\":null}]}",
                "\"extFields\":{" + extMembers(ext, random) + "}"));
        Collections.shuffle(members, random);
        String text = "{" + String.join("," + " ".repeat(random.nextInt(3)), members) + "}";

        parse(Header.TYPE_JSON, text.getBytes(UTF_8));

        assertThat(header.code).isEqualTo(code);
        assertThat(header.opaque).isEqualTo(opaque);
        assertThat(header.remark()).isEqualTo(remark);
        assertFields(ext);
    }

    @Property(tries = 500)
    void feedsValuesInTheOrderOfTheirKeysAsStrings(@ForAll("fields") Map<String, String> ext, @ForAll long seed)
            throws Exception {
        List<String> keys = new ArrayList<>(ext.keySet());
        Collections.shuffle(keys, new Random(seed));
        Map<String, String> shuffled = new java.util.LinkedHashMap<>();
        keys.forEach(key -> shuffled.put(key, ext.get(key)));
        shuffled.put("Signature", "left out");
        shuffled.put("left out, too", "x");
        parse(Header.TYPE_BINARY, ReferenceCodec.binaryHeader(310, 9, 401, 1, 0, "", shuffled));

        javax.crypto.Mac fed = mac();
        header.feed(fed, "Signature", "left out, too");

        javax.crypto.Mac wanted = mac();
        new java.util.TreeMap<>(ext).values().forEach(value -> wanted.update(value.getBytes(UTF_8)));
        assertThat(fed.doFinal()).isEqualTo(wanted.doFinal());
    }

    private static javax.crypto.Mac mac() throws Exception {
        javax.crypto.Mac mac = javax.crypto.Mac.getInstance("HmacSHA1");
        mac.init(new javax.crypto.spec.SecretKeySpec(new byte[] {1}, "HmacSHA1"));
        return mac;
    }

    @Property(tries = 500)
    void readsBackAnyBinaryHeader(
            @ForAll("fields") Map<String, String> ext, @ForAll int opaque, @ForAll("texts") String remark) {
        byte[] bytes = ReferenceCodec.binaryHeader(310, 9, 401, opaque, 2, remark, ext);

        parse(Header.TYPE_BINARY, bytes);

        assertThat(header.opaque).isEqualTo(opaque);
        assertThat(header.language()).isEqualTo("GO");
        assertThat(header.isOneWay()).isTrue();
        assertThat(header.remark()).isEqualTo(remark.isEmpty() ? null : remark);
        assertFields(ext);
    }

    @Property(tries = 3000)
    void refusesOrReadsAnyMutationAndThrowsNothingElse(@ForAll long seed) {
        Random random = new Random(seed);
        int type = random.nextInt(2);
        byte[] bytes = type == Header.TYPE_JSON
                ? ("{\"code\":310,\"extFields\":{\"a\":\"g\\u0001\",\"b\":1,\"c\":null},\"flag\":0,\"x\":[{\"y\":1}],"
                                + "\"remark\":\"\\uD83D\\uDE00\",\"opaque\":3}")
                        .getBytes(UTF_8)
                : ReferenceCodec.binaryHeader(310, 0, 513, 3, 0, "hi", Map.of("a", "g", "bb", "hh"));
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length;

        try {
            header.parse(ByteBuffer.wrap(bytes), 0, type, length);
            header.toMap();
            header.remark();
        } catch (MalformedFrame fault) {
            assertThat(fault).hasMessageContaining("header");
        }
    }

    @Property
    void readsWholeNumbersAsTheLibraryDoes(@ForAll long number) {
        byte[] bytes = Long.toString(number).getBytes(UTF_8);

        assertThat(WholeNumber.parse(bytes, 0, bytes.length)).isEqualTo(number);
    }

    @Property
    void writesDecimalsAsTheLibraryDoes(@ForAll long number) {
        HeaderBytes bytes = new HeaderBytes();

        bytes.putDecimal(number);

        assertThat(new String(bytes.array(), 0, bytes.length(), UTF_8)).isEqualTo(Long.toString(number));
    }

    @Property
    void writesJsonTextThatReadsBack(@ForAll("texts") String text) {
        HeaderBytes bytes = new HeaderBytes();
        bytes.putAscii("{\"remark\":\"");
        bytes.putJson(text);
        bytes.putAscii("\"}");

        header.parse(ByteBuffer.wrap(bytes.array()), 0, Header.TYPE_JSON, bytes.length());

        assertThat(header.remark()).isEqualTo(text);
    }

    @Provide
    Arbitrary<Map<String, String>> fields() {
        Arbitrary<String> keys = Arbitraries.strings().ascii().ofMinLength(1).ofMaxLength(20);
        return Arbitraries.maps(keys, texts()).ofMaxSize(40).map(HashMap::new);
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(3, Arbitraries.strings().ascii().ofMaxLength(60)),
                net.jqwik.api.Tuple.of(
                        1,
                        Arbitraries.strings()
                                .withChars('\u0001', '\u0002', '"', '\\', 'a', '\u00e4', '\u4e2d')
                                .ofMaxLength(80)),
                net.jqwik.api.Tuple.of(
                        1,
                        Arbitraries.integers()
                                .between(0x1_0000, 0x1_FFFF)
                                .map(Character::toString)
                                .list()
                                .ofMaxSize(10)
                                .map(points -> String.join("x", points))));
    }

    private static String extMembers(Map<String, String> ext, Random random) {
        List<String> members = new ArrayList<>();
        ext.forEach((key, value) -> members.add(quoted(key, random) + ":" + quoted(value, random)));
        return String.join(", ", members);
    }

    /** Escapes what must be, and at random what need not be. */
    private static String quoted(String text, Random random) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            boolean isSplit = Character.isSurrogate(c); // half a pair as text would not survive encoding to UTF-8
            if (c < ' ' || c == '"' || c == '\\' || isSplit || random.nextInt(10) == 0) {
                quoted.append(String.format(random.nextBoolean() ? "\\u%04x" : "\\u%04X", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    private void assertFields(Map<String, String> ext) {
        assertThat(header.toMap()).isEqualTo(ext);
        ext.forEach((key, value) -> {
            byte[] expected = value.getBytes(UTF_8);
            byte[] copy = new byte[expected.length];
            int field = header.find(key);
            assertThat(header.valueLength(field)).isEqualTo(expected.length);
            header.copyValue(field, copy, 0);
            assertThat(copy).isEqualTo(expected);
        });
        assertThat(header.find("not there")).isNegative();
    }

    private void parse(int type, byte[] bytes) {
        header.parse(ByteBuffer.wrap(bytes), 0, type, bytes.length);
    }
}
