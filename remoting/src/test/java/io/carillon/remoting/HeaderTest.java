package io.carillon.remoting;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderTest {
    private final Header header = new Header();

    @Test
    void readsTheBinaryHeaderThatWasCapturedFromTheOriginal() {
        byte[] bytes = HexFormat.of().parseHex("0136000201000000070000000000000002686900000009000161000000025047");

        parse(Header.TYPE_BINARY, bytes);

        assertThat(header.code).isEqualTo(310);
        assertThat(header.language()).isEqualTo("JAVA");
        assertThat(header.version).isEqualTo(513);
        assertThat(header.opaque).isEqualTo(7);
        assertThat(header.flag).isZero();
        assertThat(header.remark()).isEqualTo("hi");
        assertThat(header.toMap()).isEqualTo(Map.of("a", "PG"));
        assertThat(header.isBinary()).isTrue();
    }

    @Test
    void readsTheJsonHeaderThatWasCapturedFromTheOriginal() {
        json("{\"code\":0,\"extFields\":{\"offset\":\"4\"},\"flag\":1,\"language\":\"JAVA\",\"opaque\":1031,"
                + "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":513}");

        assertThat(header.code).isZero();
        assertThat(header.isResponse()).isTrue();
        assertThat(header.opaque).isEqualTo(1031);
        assertThat(header.version).isEqualTo(513);
        assertThat(header.remark()).isNull();
        assertThat(header.toMap()).isEqualTo(Map.of("offset", "4"));
        assertThat(header.isBinary()).isFalse();
    }

    @Test
    void toleratesAnyOrderSpaceAndUnknownMembers() {
        json(" \n{ \"x\" : [ 1, {\"code\":9, \"y\":[]}, \"]\" ] ,\t\"version\" :401, \"language\":\"GO\","
                + "\"extFields\" : { \"b\" : \"2\" , \"a\":\"1\" } , \"opaque\":\"-5\",\"z\":{},\"code\" : 11 } ");

        assertThat(header.code).isEqualTo(11);
        assertThat(header.opaque).isEqualTo(-5);
        assertThat(header.version).isEqualTo(401);
        assertThat(header.language()).isEqualTo("GO");
        assertThat(header.toMap()).isEqualTo(Map.of("a", "1", "b", "2"));
    }

    @Test
    void takesTheLastOfMembersThatComeTwiceAsTheOriginalDoes() {
        json("{\"extFields\":{\"a\":\"1\",\"b\":\"1\"},\"code\":1,\"remark\":\"x\",\"remark\":null,\"code\":2,"
                + "\"extFields\":{\"a\":\"2\"}}");

        assertThat(header.code).isEqualTo(2);
        assertThat(header.remark()).isNull();
        assertThat(header.toMap()).isEqualTo(Map.of("a", "2"));
        json("{\"extFields\":{\"a\":\"1\"},\"extFields\":null}");
        assertThat(header.toMap()).isEmpty();
    }

    @Test
    void takesNumbersAndBooleansForStringsAndLeavesNullsOut() {
        json("{\"code\":11,\"remark\":null,\"flag\":null,\"extFields\":"
                + "{\"queueId\":3,\"off\":true,\"on\":false,\"rate\":-1.5e3,\"none\":null,\"deep\":{\"q\":1}}}");

        assertThat(header.toMap()).isEqualTo(Map.of("queueId", "3", "off", "true", "on", "false", "rate", "-1.5e3"));
        assertThat(header.number(header.find("queueId"))).isEqualTo(3);
        assertThat(header.number(header.find("rate"))).isEqualTo(WholeNumber.NONE);
        assertThat(header.isTrue(header.find("off"))).isTrue();
        assertThat(header.isTrue(header.find("on"))).isFalse();
    }

    @Test
    void resolvesEveryEscape() {
        json("{\"extFields\":{\"i\":\"UNIQ_KEY\\u0001AC11\\u0002WAIT\\u0001true\\u0002\",\"\\u0061b\":\"x\","
                + "\"s\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\v\\'\",\"u\":\"\\u00fc\\u20AC\\uD83D\\uDE00!\","
                + "\"lone\":\"a\\uD83Db\\uDE00\\uD83D\\u0041\",\"raw\":\"\u00fc\u20AC\uD83D\uDE00\"}}");

        assertThat(header.toMap())
                .isEqualTo(Map.of(
                        "i", "UNIQ_KEY\u0001AC11\u0002WAIT\u0001true\u0002",
                        "ab", "x",
                        "s", "\"\\/\b\f\n\r\t\u000B'",
                        "u", "\u00fc\u20AC\uD83D\uDE00!",
                        "lone", "a?b??A",
                        "raw", "\u00fc\u20AC\uD83D\uDE00"));
    }

    @Test
    void countsTheLastOfTwoFieldsWithOneName() {
        json("{\"extFields\":{\"a\":\"1\",\"a\":\"2\"}}");

        assertThat(header.value(header.find("a"))).isEqualTo("2");
    }

    @Test
    void takesAnUnknownLanguageForOther() {
        json("{\"language\":\"COBOL\"}");
        assertThat(header.language()).isEqualTo("OTHER");

        parse(Header.TYPE_BINARY, ReferenceCodec.binaryHeader(10, 77, 513, 1, 0, "", Map.of()));
        assertThat(header.language()).isEqualTo("OTHER");
    }

    @Test
    void restoresPopCodesThatABinaryHeaderCutToSixteenBits() {
        for (int code : new int[] {200_050, 200_051, 200_052, 200_053, 200_054, 200_055, 200_151}) {
            parse(Header.TYPE_BINARY, ReferenceCodec.binaryHeader(code, 0, 513, 1, 0, "", Map.of()));

            assertThat(header.code).isEqualTo(code);
        }
    }

    @Test
    void keepsNothingOfTheHeaderBefore() {
        json("{\"code\":1,\"opaque\":2,\"flag\":3,\"version\":4,\"language\":\"GO\",\"remark\":\"r\","
                + "\"extFields\":{\"a\":\"b\"}}");

        json("{}");

        assertThat(header.code + header.opaque + header.flag + header.version).isZero();
        assertThat(header.language()).isEqualTo("OTHER");
        assertThat(header.remark()).isNull();
        assertThat(header.toMap()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[]",
                "null",
                "{}x",
                "{\"code\":}",
                "{\"code\":1,}",
                "{\"code\" 1}",
                "{code:1}",
                "{\"code\":1.5}",
                "{\"code\":99999999999}",
                "{\"code\":\"\"}",
                "{\"code\":{}}",
                "{\"code\":[1]}",
                "{\"code\":true}",
                "{\"code\":nil}",
                "{\"extFields\":{\"a\":0true}}",
                "{\"code\":1",
                "{\"remark\":\"abc",
                "{\"remark\":\"abc\\",
                "{\"remark\":\"\\x41\"}",
                "{\"remark\":\"\\u12\"}",
                "{\"remark\":\"\\u12G4\"}",
                "{\"extFields\":[]}",
                "{\"extFields\":\"a\"}",
                "{\"extFields\":{\"a\"}}",
                "{\"extFields\":{\"a\":\"b\"}"
            })
    void refusesWhatIsNoJsonHeader(String text) {
        assertThatThrownBy(() -> json(text)).isInstanceOf(MalformedFrame.class);
    }

    @Test
    void refusesDeepNestingAndTooManyFields() {
        String deep = "[".repeat(100_000);
        assertThatThrownBy(() -> json("{\"x\":" + deep))
                .isInstanceOf(MalformedFrame.class)
                .hasMessageContaining("deep");

        String many = "\"a\":1,".repeat(128);
        assertThatThrownBy(() -> json("{\"extFields\":{" + many + "\"b\":2}}"))
                .isInstanceOf(MalformedFrame.class)
                .hasMessageContaining("fields");
        json("{\"extFields\":{" + many.substring(0, many.length() - 1) + "}}");
        assertThat(header.count()).isEqualTo(128);
    }

    @Test
    void refusesAnUnknownEncoding() {
        assertThatThrownBy(() -> parse(2, new byte[40])).isInstanceOf(MalformedFrame.class);
    }

    private void json(String text) {
        parse(Header.TYPE_JSON, text.getBytes(UTF_8));
    }

    private void parse(int type, byte[] bytes) {
        header.parse(ByteBuffer.wrap(bytes), 0, type, bytes.length);
    }
}
