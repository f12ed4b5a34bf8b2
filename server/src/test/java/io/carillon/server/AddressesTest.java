package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AddressesTest {
    @Test
    void listensOnLoopbackUnlessTold() {
        Addresses addresses = addresses();

        assertThat(addresses.bind().isLoopbackAddress()).isTrue();
        assertThat(addresses.advertised()).isEqualTo("127.0.0.1");
    }

    @Test
    void refusesEveryAddressThatOthersCanReach() {
        for (String open : List.of("0.0.0.0", "::", "192.0.2.1")) {
            assertThatThrownBy(() -> addresses("bind=" + open))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining(open)
                    .hasMessageContaining("--insecure");
        }
    }

    @Test
    void takesSuchAnAddressWhenToldThatItIsInsecure() {
        assertThat(addresses("bind=192.0.2.1", "insecure=true").advertised()).isEqualTo("192.0.2.1");
    }

    @Test
    void neverAdvertisesTheAddressThatMeansAll() {
        assertThat(addresses("bind=0.0.0.0", "insecure=true").advertised()).isNotEqualTo("0.0.0.0");
    }

    @Test
    void advertisesWhatItIsTold() {
        assertThat(addresses("advertise=broker.example.org").advertised()).isEqualTo("broker.example.org");
    }

    private static Addresses addresses(String... settings) {
        List<ConfigReader.FlagValue> flags = new ArrayList<>();
        for (String setting : settings) {
            String[] pair = setting.split("=", 2);
            flags.add(new ConfigReader.FlagValue("--set", pair[0], pair[1]));
        }
        return Addresses.of(ConfigReader.read(null, Map.of(), flags).config());
    }
}
