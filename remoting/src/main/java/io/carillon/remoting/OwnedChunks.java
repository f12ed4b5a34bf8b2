package io.carillon.remoting;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Moves what was received to memory of its own size. The receive buffer is shared by all connections of a thread: TLS,
 * which keeps the beginning of a record until its end has come, would keep all of it.
 */
final class OwnedChunks extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf chunk = (ByteBuf) message;
        ByteBuf own = context.alloc().directBuffer(Math.max(1, chunk.readableBytes()));
        own.writeBytes(chunk);
        chunk.release();
        context.fireChannelRead(own);
    }
}
