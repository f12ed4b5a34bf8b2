package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
    private static final List<String> WORDS = List.of("--data", "--bind", "--broker-port", "--broker-name");

    @Test
    void findsTheWordWithTheFewestChanges() {
        assertThat(Nearest.to("--broker-prot", WORDS)).contains("--broker-port");
        assertThat(Nearest.to("--dat", WORDS)).contains("--data");
        assertThat(Nearest.to("--bnid", WORDS)).contains("--bind");
    }

    @Test
    void saysNothingRatherThanSomethingFarOff() {
        assertThat(Nearest.to("xyzzy", WORDS)).isEmpty();
        assertThat(Nearest.hint("xyzzy", WORDS)).isEmpty();
    }
}
