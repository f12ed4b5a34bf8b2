package io.carillon.remoting;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Says, before anything else and unencrypted, whom a connection speaks for. It stands first, and writes before the channel
 * is connected: what is sent on by then waits behind it.
 */
final class ProxyGreeting extends ChannelInboundHandlerAdapter {
    private final Connection client;

    ProxyGreeting(Connection client) {
        this.client = client;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        context.write(ProxyHeader.relaying(client.remoteAddress(), client.localAddress(), client.isEncrypted()));
    }
}
