package io.carillon.remoting;

import io.carillon.remoting.TlsConfig.ClientCertificates;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;

/**
 * How servers encrypt connections whose client wants it. The certificate may be changed at any time: connections that
 * there are go on with what they have, new ones get the new one. Any thread.
 */
public final class ServerTls {
    private final boolean isEnforced;
    private final ClientCertificates clients;
    private volatile SslContext context;

    /**
     * @param isEnforced whether connections that are not encrypted are refused
     * @throws io.carillon.base.CarillonException.BadConfig when the material does not fit together
     */
    public ServerTls(boolean isEnforced, ClientCertificates clients, TlsMaterial material) {
        this.isEnforced = isEnforced;
        this.clients = clients;
        context = TlsContexts.server(material, clients);
    }

    /** @throws io.carillon.base.CarillonException.BadConfig when it does not fit together; nothing has changed then */
    public void use(TlsMaterial material) {
        context = TlsContexts.server(material, clients);
    }

    boolean isEnforced() {
        return isEnforced;
    }

    SslHandler handler(ByteBufAllocator allocator) {
        return context.newHandler(allocator);
    }
}
