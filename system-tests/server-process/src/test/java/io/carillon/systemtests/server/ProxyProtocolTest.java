package io.carillon.systemtests.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawSocket;
import io.carillon.systemtests.harness.Server;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A server behind a proxy stores where a message really came from. */
class ProxyProtocolTest {
    private static final int SEND_MESSAGE = 10;
    private static final int VIEW_MESSAGE_BY_ID = 33;
    private static final int BORN_HOST_AT = 48;

    @Test
    void storesTheAddressThatATrustedProxyNames() throws Exception {
        Assumptions.assumeFalse(Server.isApache(), "it is about a setting of ours");
        try (CarillonServer server =
                        CarillonServer.start(Names.unique("proxied"), "--set", "remoting.trusted-proxies=127.0.0.1");
                RawClient direct = RawClient.connect(server.broker());
                RawSocket proxied = RawSocket.connect(server.broker())) {
            proxied.write("PROXY TCP4 192.0.2.7 198.51.100.1 51234 10911\r\n".getBytes(US_ASCII));
            proxied.write(send("Proxied"));
            String told = proxied.readFrame(Duration.ofSeconds(10));
            Answer own = direct.call(SEND_MESSAGE, fields("Proxied"), new byte[] {'x'});

            assertThat(bornHost(direct, idIn(told))).isEqualTo("c0000207" + "0000c822");
            assertThat(own.code()).as(own.remark()).isZero();
            assertThat(bornHost(direct, String.valueOf(own.ext().get("msgId")))).startsWith("7f000001");
        }
    }

    private static Map<String, String> fields(String topic) {
        return Map.of(
                "producerGroup", "P",
                "topic", topic,
                "defaultTopic", "TBW102",
                "defaultTopicQueueNums", "1",
                "queueId", "0",
                "sysFlag", "0",
                "bornTimestamp", "1",
                "flag", "0",
                "properties", "",
                "reconsumeTimes", "0");
    }

    private static byte[] send(String topic) {
        StringBuilder ext = new StringBuilder();
        fields(topic)
                .forEach((name, value) ->
                        ext.append(ext.isEmpty() ? "" : ",").append('"' + name + "\":\"" + value + '"'));
        return RawSocket.jsonFrame(
                "{\"code\":10,\"language\":\"JAVA\",\"version\":401,\"opaque\":1,\"flag\":0,\"extFields\":{" + ext
                        + "}}",
                (byte) 'x');
    }

    private static String idIn(String answer) {
        Matcher id = Pattern.compile("\"msgId\":\"([0-9A-F]{32})\"").matcher(answer);
        assertThat(id.find()).as(answer).isTrue();
        return id.group(1);
    }

    /** The stored record says who sent it: address and port. */
    private static String bornHost(RawClient client, String id) throws IOException {
        String offset = Long.toString(Long.parseUnsignedLong(id.substring(16), 16));
        Answer answer = client.call(VIEW_MESSAGE_BY_ID, Map.of("offset", offset), new byte[0]);
        assertThat(answer.code()).as(answer.remark()).isZero();
        return HexFormat.of().formatHex(Arrays.copyOfRange(answer.body(), BORN_HOST_AT, BORN_HOST_AT + 8));
    }
}
