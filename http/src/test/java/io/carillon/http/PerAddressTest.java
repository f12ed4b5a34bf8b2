package io.carillon.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.junit.jupiter.api.Test;

class PerAddressTest {
    private final Counters counters = new Counters();
    private final PerAddress limit = new PerAddress(2, counters);

    private EmbeddedChannel connect(String from) {
        EmbeddedChannel channel = new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
                return new InetSocketAddress(from, 4_711);
            }
        };
        limit.accept(channel.pipeline());
        return channel;
    }

    @Test
    void oneAddressHasSoManyConnectionsAndOthersHaveTheirs() {
        EmbeddedChannel first = connect("192.0.2.1");
        EmbeddedChannel second = connect("192.0.2.1");
        assertThat(connect("192.0.2.1").isOpen()).isFalse();
        assertThat(connect("192.0.2.2").isOpen()).isTrue();
        assertThat(first.isOpen() && second.isOpen()).isTrue();
        assertThat(counters.snapshot()).containsEntry("http_refused_connections", 1L);

        first.close();

        assertThat(connect("192.0.2.1").isOpen()).isTrue();
        assertThat(connect("192.0.2.1").isOpen()).isFalse();
    }

    @Test
    void thisMachineHasAsManyAsItWants() {
        for (int i = 0; i < 5; i++) {
            assertThat(connect("127.0.0.1").isOpen()).isTrue();
            assertThat(connect("::1").isOpen()).isTrue();
        }
    }
}
