package io.carillon.remoting;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;

/** How our own calls are encrypted: the server's certificate must be vouched for, and bear the name it is called by. */
public final class ClientTls {
    private final SslContext context;

    /** @throws io.carillon.base.CarillonException.BadConfig when the material does not fit together */
    public ClientTls(TlsMaterial material) {
        context = TlsContexts.client(material);
    }

    SslHandler handler(ByteBufAllocator allocator, InetSocketAddress server) {
        return context.newHandler(allocator, server.getHostString(), server.getPort());
    }
}
