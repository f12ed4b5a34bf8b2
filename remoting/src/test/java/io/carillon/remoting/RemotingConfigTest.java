package io.carillon.remoting;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.ByteSize;
import org.junit.jupiter.api.Test;

class RemotingConfigTest {
    @Test
    void refusesLimitsThatCannotWorkAndNamesThem() {
        assertThatThrownBy(() -> TestServer.config(0, ByteSize.mib(1), ByteSize.mib(64), 1000))
                .hasMessageContaining("connectionsMax");
        assertThatThrownBy(() -> TestServer.config(1, ByteSize.mib(1), ByteSize.mib(16), 1000))
                .hasMessageContaining("inFlightInAll must be from 32MiB");
        assertThatThrownBy(() -> TestServer.config(1, new ByteSize(10), ByteSize.mib(64), 1000))
                .hasMessageContaining("inFlightPerConnection");
        assertThatThrownBy(() -> TestServer.config(1, ByteSize.mib(1), ByteSize.mib(64), 1))
                .hasMessageContaining("idleTimeout");
    }
}
