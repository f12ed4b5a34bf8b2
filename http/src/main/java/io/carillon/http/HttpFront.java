package io.carillon.http;

import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.common.util.TlsEngineType;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerPort;
import com.linecorp.armeria.server.grpc.GrpcService;
import io.carillon.base.Counters;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.base.delayqueue.DelayEngine;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** FACE: serves the API over an engine as gRPC and as JSON on one port, with health, metrics and OpenAPI. */
public final class HttpFront implements AutoCloseable {
    private static final Duration QUIET = Duration.ofMillis(50);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(2);
    private static final int LINE_BYTES_MAX = 8 << 10;
    private static final int HEADER_BYTES_MAX = 16 << 10;
    private static final int STREAMS_MAX = 1_000;

    private final Server server;
    private final EventLoopGroup loops;
    private final @Nullable LiveTls tls;
    private final @Nullable Relay relay;

    private HttpFront(Server server, EventLoopGroup loops, @Nullable LiveTls tls, @Nullable Relay relay) {
        this.server = server;
        this.loops = loops;
        this.tls = tls;
        this.relay = relay;
    }

    /**
     * What it is given.
     *
     * @param threads makes the threads of the event loops
     * @param aside for the few things that may block; lives longer than the front
     * @param isAlive what {@code /health} says
     * @param tls null when it is not encrypted
     */
    public record Parts(
            DelayEngine engine,
            HttpConfig config,
            Callers callers,
            @Nullable HttpTls tls,
            ThreadFactory threads,
            int threadCount,
            ScheduledExecutorService aside,
            BooleanSupplier isAlive,
            Ticker ticker,
            Counters counters) {}

    /**
     * Listens; serves when this returns.
     *
     * @throws java.util.concurrent.CompletionException when it cannot listen there
     */
    public static HttpFront listen(InetSocketAddress at, Parts parts) {
        return listen(at, parts, null);
    }

    /**
     * Likewise, of a node that may not be the one that serves the API: it passes on what others do for it.
     *
     * @param elsewhere null where the engine here is always to answer
     */
    public static HttpFront listen(InetSocketAddress at, Parts parts, @Nullable Elsewhere elsewhere) {
        IoHandlerFactory io = Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(parts.threadCount(), parts.threads(), io);
        try {
            ServerBuilder builder = Server.builder();
            limit(builder, parts);
            builder.workerGroup(loops, false);
            builder.bossGroupFactory(_ -> new Doorkeeper(parts.threads(), io));
            builder.blockingTaskExecutor(parts.aside(), false);
            builder.startStopExecutor(Runnable::run);
            builder.meterRegistry(new CompositeMeterRegistry());
            LiveTls tls = parts.tls() == null ? null : new LiveTls(parts.tls());
            if (tls == null) {
                builder.port(new ServerPort(at, SessionProtocol.HTTP));
            } else {
                tls.encrypt(builder.tlsEngineType(TlsEngineType.JDK));
                // Who does not encrypt is told so, instead of being cut off.
                builder.port(new ServerPort(at, SessionProtocol.HTTPS, SessionProtocol.HTTP));
            }
            Introductions introductions =
                    new Introductions(elsewhere == null ? Secret.NONE : elsewhere.secret(), parts.ticker());
            Doors doors = addServices(builder, parts, introductions);
            Relay relay = elsewhere == null ? null : new Relay(elsewhere.target(), doors, introductions, loops, tls);
            if (relay != null) {
                builder.decorator(relay);
            }
            Server server = builder.build();
            server.start().join();
            return new HttpFront(server, loops, tls, relay);
        } catch (RuntimeException e) {
            loops.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
            throw e;
        }
    }

    /** Accepts connections, and stops at once: its library would wait two seconds for more of them to be given to it. */
    private static final class Doorkeeper extends MultiThreadIoEventLoopGroup {
        Doorkeeper(ThreadFactory threads, IoHandlerFactory io) {
            super(1, threads, io);
        }

        @Override
        public Future<?> shutdownGracefully() {
            return shutdownGracefully(0, STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private static void limit(ServerBuilder builder, Parts parts) {
        HttpConfig config = parts.config();
        builder.maxNumConnections(config.connectionsMax())
                .childChannelPipelineCustomizer(new PerAddress(config.connectionsPerAddress(), parts.counters()))
                .maxRequestLength(config.requestSizeMax().bytes())
                .requestTimeout(config.requestTimeout()
                        .plusMillis(parts.engine().limits().times().waitMaxMs()))
                .idleTimeout(config.idleTimeout())
                .http1MaxInitialLineLength(LINE_BYTES_MAX)
                .http1MaxHeaderSize(HEADER_BYTES_MAX)
                .http2MaxHeaderListSize(HEADER_BYTES_MAX)
                .http2MaxStreamsPerConnection(STREAMS_MAX)
                .gracefulShutdownTimeout(QUIET, STOP_PATIENCE)
                .verboseResponses(false);
    }

    /** What each request passes. */
    record Doors(Gate gate, Intake intake, Traffic traffic) {}

    private static Doors addServices(ServerBuilder builder, Parts parts, Introductions introductions) {
        Intake intake =
                new Intake(parts.config(), parts.engine().limits().times().waitMaxMs());
        Traffic traffic = new Traffic(parts.ticker());
        Gate gate = new Gate(
                parts.callers(),
                introductions,
                parts.tls() != null,
                parts.config().requestRateMax(),
                parts.ticker(),
                parts.counters());
        Methods methods = new Methods(parts.engine(), parts.config());
        Pages pages = new Pages(
                parts.engine(),
                parts.isAlive(),
                new MetricsPage(parts.engine(), parts.counters(), traffic, intake),
                gate);
        GrpcIntake grpcIntake = new GrpcIntake(gate, intake);
        builder.errorHandler(new Errors(intake, traffic)).decorator(new Unanswered()); // before all others
        builder.service("/health", (_, _) -> pages.health())
                .service("/ready", (_, _) -> pages.ready())
                .service("/metrics", (context, _) -> pages.metrics(context))
                .service("/openapi.json", (_, _) -> pages.openApi())
                .serviceUnder("/v1", new JsonApi(methods, gate, intake, traffic))
                .service(
                        GrpcService.builder()
                                .addService(new GrpcApi(intake, traffic).service(methods))
                                .supportedSerializationFormats(GrpcSerializationFormats.PROTO)
                                .maxRequestMessageLength(intake.requestBytesMax())
                                .useClientTimeoutHeader(true)
                                .exceptionHandler(grpcIntake)
                                .build(),
                        grpcIntake::before)
                .serviceUnder(
                        "/",
                        (_, _) -> JsonApi.problem(
                                Problem.noSuchPath("there is nothing at this path; /openapi.json lists all of them")));
        return new Doors(gate, intake, traffic);
    }

    /** Where the API is served has changed: what is under way to another node is ended, and answered so. Any thread. */
    public void retarget() {
        if (relay != null) {
            relay.retarget();
        }
    }

    /**
     * Encrypts connections that begin from now on with this; those that there are go on.
     *
     * @throws IllegalArgumentException when it does not fit together; then nothing changes
     */
    public void encryptWith(HttpTls changed) {
        if (tls == null) {
            throw new IllegalStateException("this port was opened without encryption");
        }
        tls.use(changed);
    }

    /** The port that it listens on. */
    public int port() {
        return server.activeLocalPort();
    }

    /** Takes nothing more, answers what is under way, for some seconds at most, and stops. */
    @Override
    public void close() {
        server.stop().join();
        if (relay != null) {
            relay.close();
        }
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
    }
}
