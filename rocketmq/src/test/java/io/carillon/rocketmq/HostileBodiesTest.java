package io.carillon.rocketmq;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
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
    @ValueSource(
            strings = {
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
