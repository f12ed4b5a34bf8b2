package io.carillon.remoting;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Request code to handler. Filled before it serves ({@link RemotingServer#listen}, {@link RemotingServer#serveBy}), then
 * only read.
 *
 * <p>Whatever a handler does, the peer gets an answer and other requests are served on: an unknown code is answered with
 * code 3, a {@link BadRequest} with its code and text, and a header that is longer than its code needs, or any other
 * exception, with code 1. One-way requests are never answered.
 */
public final class Dispatcher {
    /** The usual codes are small, and found without boxing. */
    private static final int SMALL = 1024;

    private static final int FAULT_TEXT_MAX = 200;
    /** Enough for every header that holds no more than names, numbers and handles. */
    private static final int USUAL_HEADER_BYTES_MAX = 64 << 10;
    /** The properties of a message, or a filter, may be longer. */
    private static final Set<Integer> MAY_BE_LONGER = Set.of(
            RequestCode.SEND_MESSAGE,
            RequestCode.SEND_MESSAGE_V2,
            RequestCode.SEND_BATCH_MESSAGE,
            RequestCode.SEND_REPLY_MESSAGE,
            RequestCode.SEND_REPLY_MESSAGE_V2,
            RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT,
            RequestCode.PULL_MESSAGE,
            RequestCode.LITE_PULL_MESSAGE,
            RequestCode.POP_MESSAGE,
            RequestCode.NOTIFICATION);

    private final Map<Integer, Handler> handlers = new HashMap<>();
    private @Nullable Handler[] small = new Handler[SMALL];
    private @Nullable Guard guard;
    private @Nullable Relay relay;

    /** @throws IllegalArgumentException when the code has a handler already */
    public Dispatcher on(int code, Handler handler) {
        if (handlers.putIfAbsent(code, handler) != null) {
            throw new IllegalArgumentException("request code " + code + " has two handlers");
        }
        if (code >= 0 && code < SMALL) {
            @Nullable Handler[] copy = Arrays.copyOf(small, SMALL);
            copy[code] = handler;
            small = copy;
        }
        return this;
    }

    /** Has every request asked about before its handler sees it; without a guard all are served. */
    public Dispatcher guard(Guard asked) {
        guard = asked;
        return this;
    }

    /**
     * Passes on requests that have no handler, unasked about: whoever they reach has a guard of its own. Without a relay
     * they are refused as unsupported.
     */
    public Dispatcher relayElse(Relay passedTo) {
        relay = passedTo;
        return this;
    }

    @Nullable
    Guard guard() {
        return guard;
    }

    /** The codes that have a handler. */
    public SortedSet<Integer> codes() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(handlers.keySet()));
    }

    void dispatch(Request request, IoGroup io) {
        int code = request.code();
        Handler handler = code >= 0 && code < SMALL ? small[code] : handlers.get(code);
        if (handler == null && relay != null) {
            relay.pass(request);
            return;
        }
        if (handler == null) {
            io.traffic().unsupported.increment();
            request.refuse(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, " request type " + code + " not supported");
            return;
        }
        if (request.headerBytes() > USUAL_HEADER_BYTES_MAX && !MAY_BE_LONGER.contains(code)) {
            request.refuse(
                    ResponseCode.SYSTEM_ERROR,
                    "the header of a request of code " + code + " has " + USUAL_HEADER_BYTES_MAX
                            + " bytes at most, not " + request.headerBytes());
            return;
        }
        try {
            if (guard == null || guard.admits(request)) {
                handler.handle(request);
            }
            if (request.connection().hasOpenFrame()) {
                throw new IllegalStateException("the handler left an answer half written");
            }
        } catch (BadRequest fault) {
            request.refuse(fault.code(), fault.getMessage());
        } catch (RuntimeException fault) { // a handler's fault must not cost the connection, nor others
            io.faults().report("request code " + code, fault);
            request.refuse(ResponseCode.SYSTEM_ERROR, text(fault));
        }
    }

    private static String text(RuntimeException fault) {
        String text = "the server failed: " + fault;
        return text.substring(0, Math.min(text.length(), FAULT_TEXT_MAX));
    }
}
