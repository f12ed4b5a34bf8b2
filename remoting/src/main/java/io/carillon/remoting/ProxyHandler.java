package io.carillon.remoting;

import io.carillon.remoting.ProxyHeader.Found;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Takes a PROXY header from the front of a connection that comes from a proxy which is trusted, tells who is behind it,
 * and goes away. Only on the channel's I/O thread.
 */
final class ProxyHandler extends ChannelInboundHandlerAdapter {
    private final IoGroup io;
    private ByteBuf held = Unpooled.EMPTY_BUFFER;

    /** Fired behind this handler: whom the proxy speaks for, and where and how the two of them are connected. */
    record CameFrom(InetSocketAddress source, @Nullable InetSocketAddress entrance, ProxyHeader.Hop hop) {}

    ProxyHandler(IoGroup io) {
        this.io = io;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf first = joined(context, (ByteBuf) message);
        try {
            take(context, first);
        } catch (MalformedFrame fault) {
            io.traffic().malformed.increment();
            io.complaints()
                    .warn(
                            "malformed",
                            "connection closed remote=" + context.channel().remoteAddress() + " because=\""
                                    + fault.getMessage() + '"');
            first.release();
            context.close();
        }
    }

    /** The bytes that were held and these; the receive buffer itself is never held, for it is used again. */
    private ByteBuf joined(ChannelHandlerContext context, ByteBuf chunk) {
        if (!held.isReadable()) {
            return chunk;
        }
        ByteBuf both = context.alloc().buffer(held.readableBytes() + chunk.readableBytes());
        both.writeBytes(held).writeBytes(chunk);
        chunk.release();
        drop();
        return both;
    }

    private void take(ChannelHandlerContext context, ByteBuf first) {
        switch (ProxyHeader.find(first)) {
            case Found.None _ -> pass(context, first);
            case Found.Part _ -> {
                held = context.alloc().buffer(first.readableBytes()).writeBytes(first);
                first.release();
            }
            case Found.Whole(int bytes, InetSocketAddress source, InetSocketAddress entrance, ProxyHeader.Hop hop) -> {
                if (source != null) {
                    context.fireUserEventTriggered(new CameFrom(source, entrance, hop));
                }
                pass(context, first.skipBytes(bytes));
            }
        }
    }

    private void pass(ChannelHandlerContext context, ByteBuf rest) {
        context.fireChannelRead(rest);
        context.pipeline().remove(this);
    }

    private void drop() {
        held.release();
        held = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        drop();
    }
}
