package io.carillon.http;

import io.carillon.base.Counters;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Closes a connection, as soon as it came, of an address that has as many as it may have: so one machine cannot take all that
 * there may be. This machine's own address has no such limit, as on the port for RocketMQ's clients. On the event loops.
 */
final class PerAddress implements Consumer<ChannelPipeline> {
    private final int max;
    private final Map<InetAddress, Integer> open = new ConcurrentHashMap<>();
    private final LongAdder refused;

    PerAddress(int max, Counters counters) {
        this.max = max;
        refused = counters.counter("http_refused_connections");
    }

    @Override
    public void accept(ChannelPipeline begun) {
        Channel connection = begun.channel();
        boolean isOfElsewhere = connection.remoteAddress() instanceof InetSocketAddress remote
                && remote.getAddress() != null
                && !remote.getAddress().isLoopbackAddress();
        if (isOfElsewhere) {
            count(connection, ((InetSocketAddress) connection.remoteAddress()).getAddress());
        }
    }

    private void count(Channel connection, InetAddress from) {
        int now = open.merge(from, 1, Integer::sum);
        connection.closeFuture().addListener(_ -> open.computeIfPresent(from, (_, n) -> n == 1 ? null : n - 1));
        if (now > max) {
            refused.increment();
            connection.close();
        }
    }
}
