package io.carillon.remoting;

import io.netty.channel.EventLoop;
import java.nio.channels.ClosedChannelException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Our requests to one peer that it has not answered. Only on the connection's I/O thread. */
final class PendingCalls {
    private static final int HIGH = 1 << 30;

    private final Map<Integer, Call> calls = new HashMap<>();
    private final EventLoop loop;
    private int opaqueNext;

    private record Call(CompletableFuture<Response> answer, Future<?> deadline) {}

    PendingCalls(EventLoop loop) {
        this.loop = loop;
    }

    /** Leaves small numbers to another, whose answers come by the same connection; those that are out stay known. */
    void numberHigh() {
        opaqueNext = Math.max(opaqueNext, HIGH);
    }

    /** The number that the next request of ours bears. */
    int nextOpaque() {
        return opaqueNext++;
    }

    void add(int opaque, CompletableFuture<Response> answer, long timeoutMs) {
        Future<?> deadline = loop.schedule(() -> expire(opaque, timeoutMs), timeoutMs, TimeUnit.MILLISECONDS);
        calls.put(opaque, new Call(answer, deadline));
    }

    /** Whether it answers a request that we know, and did not give up. */
    boolean complete(Request response) {
        Call call = calls.remove(response.opaque());
        if (call != null) {
            call.deadline.cancel(false);
            call.answer.complete(response.toResponse());
        }
        return call != null;
    }

    void fail(int opaque, Throwable fault) {
        Call call = calls.remove(opaque);
        if (call != null) {
            call.deadline.cancel(false);
            call.answer.completeExceptionally(fault);
        }
    }

    void failAll() {
        for (Integer opaque : calls.keySet().toArray(Integer[]::new)) {
            fail(opaque, new ClosedChannelException());
        }
    }

    private void expire(int opaque, long timeoutMs) {
        fail(opaque, new TimeoutException("no answer within " + timeoutMs + " ms"));
    }
}
