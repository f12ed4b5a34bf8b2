package io.carillon.remoting;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;

/**
 * How our own calls are encrypted: the server's certificate must be vouched for, and bear the name it is called by. What vouches
 * may be changed at any time, for connections that come from then on. Any thread.
 */
public final class ClientTls {
    private volatile SslContext context;

    /** @throws io.carillon.base.CarillonException.BadConfig when the material does not fit together */
    public ClientTls(TlsMaterial material) {
        context = TlsContexts.client(material);
    }

    /** @throws io.carillon.base.CarillonException.BadConfig when it does not fit together; nothing has changed then */
    public void use(TlsMaterial material) {
        context = TlsContexts.client(material);
    }

    SslHandler handler(ByteBufAllocator allocator, InetSocketAddress server) {
        return context.newHandler(allocator, server.getHostString(), server.getPort());
    }
}
