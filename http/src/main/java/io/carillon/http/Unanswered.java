package io.carillon.http;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.Channel;
import io.netty.util.Attribute;
import io.netty.util.AttributeKey;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ends a connection of HTTP/1.1 whose client asks on and on, one request behind the other, and does not take the answers, or
 * has them wait behind one that takes long: all of them would be kept in memory. HTTP/2 has a limit of its own. On the event
 * loops.
 */
final class Unanswered implements DecoratingHttpServiceFunction {
    /** More than any client sends ahead that means well. */
    static final int REQUESTS_MAX = 128;

    private static final AttributeKey<AtomicInteger> COUNT = AttributeKey.valueOf(Unanswered.class, "count");

    @Override
    public HttpResponse serve(HttpService service, ServiceRequestContext context, HttpRequest request)
            throws Exception {
        Channel connection = context.log().partial().channel();
        if (connection == null || context.sessionProtocol().isMultiplex()) {
            return service.serve(context, request);
        }
        AtomicInteger count = count(connection);
        // Complete is what the connection has taken.
        context.log().whenComplete().thenAccept(_ -> count.decrementAndGet());
        if (count.incrementAndGet() > REQUESTS_MAX) {
            connection.close();
        }
        return service.serve(context, request);
    }

    private static AtomicInteger count(Channel connection) {
        Attribute<AtomicInteger> attribute = connection.attr(COUNT);
        AtomicInteger known = attribute.get();
        if (known != null) {
            return known;
        }
        AtomicInteger made = new AtomicInteger();
        AtomicInteger before = attribute.setIfAbsent(made);
        return before == null ? made : before;
    }
}
