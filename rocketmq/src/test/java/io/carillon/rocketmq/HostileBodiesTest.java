package io.carillon.rocketmq;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.remoting.BadRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What fuzzing found in bodies: each was a fault of the server's before it was one of the request's. */
class HostileBodiesTest {
    @Test
    void refusesABodyThatBreaksOffWithinACharacter() {
        assertThatThrownBy(() -> HeartbeatBody.of("{\"a\":[1]\u00c1".getBytes(ISO_8859_1)))
                .isInstanceOf(BadRequest.class)
                .hasMessageContaining("no JSON object");
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 10_000, 1_000_000})
    void refusesABodyThatIsNestedTooDeepAndTakesOneThatIsNot(int depth) {
        assertThatThrownBy(() -> ClientBodies.parse(nested(depth)))
                .isInstanceOf(BadRequest.class)
                .hasMessageContaining("nested more than 32 deep");
        assertThatThrownBy(() -> RouteBodies.parse(nested(depth))).hasMessageContaining("nested more than 32 deep");
        assertThatThrownBy(() -> JsonFields.parse(nested(depth), "a group"))
                .hasMessageContaining("nested more than 32 deep");
        assertThat(ClientBodies.parse(nested(31))).containsKey("a");
    }

    private static byte[] nested(int depth) {
        return ("{\"a\":" + "[".repeat(depth) + "]".repeat(depth) + "}").getBytes(ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'clientID':{},'consumerDataSet':[]}",
                "{'clientID':'c','consumerDataSet':[{'groupName':['g']}]}",
                "{'clientID':'c','withoutSub':{}}",
                "{'clientID':'c','consumerDataSet':[{'groupName':'g','unitMode':[1]}]}",
                "{'clientID':'c','consumerDataSet':[{'groupName':'g','subscriptionDataSet':[{'topic':'T','subVersion':'x'}]}]}"
            })
    void refusesFieldsOfAnotherTypeAndNamesThem(String json) {
        assertThatThrownBy(() -> HeartbeatBody.of(json.replace('\'', '"').getBytes(ISO_8859_1)))
                .isInstanceOf(BadRequest.class)
                .hasMessageContaining("must be");
    }
}
