package io.carillon.remoting;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;

/**
 * Tells by its first byte whether a connection is to be encrypted, and gets out of the way: what is not encrypted goes on
 * as if there were no TLS.
 */
final class TlsDetector extends ChannelInboundHandlerAdapter {
    private static final int HANDSHAKE_RECORD = 0x16;

    private final ServerTls tls;
    private final IoGroup io;
    private final Connection connection;

    TlsDetector(ServerTls tls, IoGroup io, Connection connection) {
        this.tls = tls;
        this.io = io;
        this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf chunk = (ByteBuf) message;
        if (!chunk.isReadable()) {
            chunk.release();
        } else if (chunk.getUnsignedByte(chunk.readerIndex()) == HANDSHAKE_RECORD) {
            encrypt(context, chunk);
        } else if (tls.isEnforced()) {
            chunk.release();
            refuse();
        } else {
            context.pipeline().remove(this);
            context.fireChannelRead(chunk);
        }
    }

    private void encrypt(ChannelHandlerContext context, ByteBuf chunk) {
        connection.encrypted();
        io.traffic().encrypted.increment();
        OwnedChunks own = new OwnedChunks();
        SslHandler handler = tls.handler(context.alloc());
        context.pipeline().addAfter(context.name(), "tls", handler);
        context.pipeline().addAfter(context.name(), "own chunks", own);
        ChannelHandlerContext next = context.pipeline().context(own);
        context.pipeline().remove(this);
        own.channelRead(next, chunk);
    }

    private void refuse() {
        io.traffic().malformed.increment();
        io.complaints()
                .warn(
                        "plain",
                        "connection closed remote=" + connection.remoteAddress()
                                + " because=\"it is not encrypted, and tls.mode is enforcing\"");
        connection.close();
    }
}
