package io.carillon.http;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.ClientFactoryBuilder;
import com.linecorp.armeria.client.Endpoint;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.util.TlsEngineType;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.netty.channel.EventLoopGroup;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.netty.util.AsciiString;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * Passes requests of the API on to the node that serves it, over a few connections of HTTP/2, whatever the clients speak, and
 * as they come in: nothing is gathered here, and who goes away is gone there too. The node's own pages stay its own. Who asks
 * is looked at here first, where it is known from where he does. What was passed on once is not passed on again. On the event
 * loops.
 */
final class Relay implements DecoratingHttpServiceFunction, AutoCloseable {
    /** Set in what is passed on. Whoever sets it himself is served here, or told that he cannot be. */
    static final AsciiString MARK = HttpHeaderNames.of("carillon-relayed");

    private static final Set<String> OWN_PAGES = Set.of("/health", "/ready", "/metrics", "/openapi.json");
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    /** The other node, which limits itself likewise, is to be the one who says that it took too long. */
    private static final long PATIENCE_MS = 2_000;

    private static final Problem GONE = Problem.unavailable("the leader of the group could not be reached, or leads no"
            + " more; whether this was done is unknown: ask again, for a send with the same idempotencyKey");

    private final Supplier<@Nullable InetSocketAddress> target;
    private final HttpFront.Doors doors;
    private final Introductions introductions;
    private final SessionProtocol protocol;
    private final ClientFactory connections;
    private final Set<UnderWay> underWay = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Upstream upstream;

    private record Upstream(InetSocketAddress at, String authority, WebClient client) {}

    private record UnderWay(InetSocketAddress at, HttpResponse response) {}

    /**
     * @param target where the API is served, with the host name looked up; null while it is here, or nobody knows where
     * @param tls encrypts the connections; null for none
     */
    Relay(
            Supplier<@Nullable InetSocketAddress> target,
            HttpFront.Doors doors,
            Introductions introductions,
            EventLoopGroup loops,
            @Nullable LiveTls tls) {
        this.target = target;
        this.doors = doors;
        this.introductions = introductions;
        protocol = tls == null ? SessionProtocol.H2C : SessionProtocol.H2;
        ClientFactoryBuilder builder = ClientFactory.builder()
                .workerGroup(loops, false)
                .connectTimeout(CONNECT_TIMEOUT)
                .addressResolverGroupFactory(_ -> DefaultAddressResolverGroup.INSTANCE) // there is no name to look up
                .meterRegistry(new CompositeMeterRegistry());
        if (tls != null) {
            builder.tlsEngineType(TlsEngineType.JDK).tlsProvider(tls.outgoing());
        }
        connections = builder.build();
    }

    @Override
    public HttpResponse serve(HttpService here, ServiceRequestContext context, HttpRequest request) throws Exception {
        boolean isForHere =
                OWN_PAGES.contains(context.path()) || request.headers().contains(MARK);
        InetSocketAddress to = isForHere ? null : target.get();
        return to == null ? here.serve(context, request) : pass(context, request, to);
    }

    private HttpResponse pass(ServiceRequestContext context, HttpRequest request, InetSocketAddress to) {
        boolean isGrpc = GrpcProblem.isAnswerTo(request.headers());
        Traffic.Span span = doors.traffic().begin("relay", isGrpc ? "grpc" : "http");
        String certificate;
        try {
            certificate = certificate(context, request.headers());
        } catch (Rejected e) {
            span.end(e.problem().code());
            return JsonApi.afterBody(request, answer(isGrpc, e.problem()));
        }
        context.setRequestTimeoutMillis(doors.intake().timeoutMs() + PATIENCE_MS);
        Upstream leader = upstream(to);
        RequestHeaders headers = headers(request.headers(), leader, certificate);
        HttpResponse response = leader.client().execute(request.withHeaders(headers));
        UnderWay one = new UnderWay(to, response);
        underWay.add(one);
        response.whenComplete().whenComplete((_, fault) -> {
            underWay.remove(one);
            span.end(fault == null ? "ok" : GONE.code());
        });
        endIfElsewhere(one, target.get()); // the change may have come before retarget() could see this one
        // As any other publisher: the library, when a client's connection is closed, would tell that reason to its own
        // response, and take the connection to the leader for closed, too, instead of ending the request there.
        @SuppressWarnings("UnnecessaryMethodReference")
        Publisher<HttpObject> passed = response::subscribe;
        return HttpResponse.of(passed).recover(_ -> answer(isGrpc, GONE));
    }

    /** The name of the certificate by which the caller is known here; empty when it is known otherwise. */
    private String certificate(ServiceRequestContext context, RequestHeaders headers) {
        String certificate = doors.gate().identify(context, headers).certificate();
        if (!certificate.isEmpty() && !introductions.areFor(certificate)) {
            throw new Rejected(Problem.unauthenticated(
                    "this node passes on what it is asked, and your certificate cannot be passed on, for the members of"
                            + " this group have no security.cluster-secret: ask the leader of the group itself, or bear a"
                            + " token"));
        }
        return certificate;
    }

    private static HttpResponse answer(boolean isGrpc, Problem problem) {
        return isGrpc ? GrpcProblem.answer(problem) : JsonApi.problem(problem);
    }

    private Upstream upstream(InetSocketAddress to) {
        Upstream known = upstream;
        if (known != null && known.at().equals(to)) {
            return known;
        }
        Endpoint endpoint = Endpoint.of(to);
        WebClient client = WebClient.builder(protocol, endpoint)
                .factory(connections)
                .responseTimeoutMillis(0)
                .writeTimeoutMillis(0)
                .maxResponseLength(0)
                .build();
        Upstream made = new Upstream(to, endpoint.authority(), client);
        upstream = made;
        return made;
    }

    /** By the name that the leader knows itself by; what pages of others may do was looked at here. */
    private RequestHeaders headers(RequestHeaders asked, Upstream leader, String certificate) {
        RequestHeadersBuilder all = asked.toBuilder();
        all.remove(HttpHeaderNames.ORIGIN);
        all.remove(HttpHeaderNames.HOST);
        all.remove(HttpHeaderNames.EXPECT);
        all.remove(Introductions.HEADER);
        all.set(MARK, "1");
        if (certificate.isEmpty()) {
            return all.scheme(protocol).authority(leader.authority()).build();
        }
        all.remove(HttpHeaderNames.AUTHORIZATION); // it was none that counts
        return introductions.with(
                all.scheme(protocol).authority(leader.authority()).build(), certificate);
    }

    /** Ends what is passed on to another node than the target is now. Who changes what the supplier says calls this afterwards. */
    void retarget() {
        InetSocketAddress now = target.get();
        underWay.forEach(one -> endIfElsewhere(one, now));
    }

    private static void endIfElsewhere(UnderWay one, @Nullable InetSocketAddress now) {
        if (!one.at().equals(now)) {
            one.response().abort(new Rejected(GONE));
        }
    }

    @Override
    public void close() {
        connections.close();
    }
}
