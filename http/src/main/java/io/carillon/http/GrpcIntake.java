package io.carillon.http;

import com.linecorp.armeria.common.ExchangeType;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestContext;
import com.linecorp.armeria.common.grpc.GrpcExceptionHandlerFunction;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.RoutingContext;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.util.AttributeKey;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Lets in who may call over gRPC, and only then counts what his call takes up, as {@link JsonApi} does for its own: what
 * somebody sends or announces who may not ask at all must not take room that others lack. On the event loops.
 */
final class GrpcIntake implements DecoratingHttpServiceFunction, GrpcExceptionHandlerFunction {
    private static final AttributeKey<Caller> CALLER = AttributeKey.valueOf(GrpcIntake.class, "caller");

    private final Gate gate;
    private final Intake intake;

    GrpcIntake(Gate gate, Intake intake) {
        this.gate = gate;
        this.intake = intake;
    }

    /** Who calls, of a call that passed here. */
    static Caller caller(ServiceRequestContext context) {
        return Objects.requireNonNull(context.attr(CALLER), "a call that was not let in");
    }

    /**
     * This before the service of gRPC, whose calls the library would else gather as a whole before anybody looks at them: of
     * anybody, and uncounted.
     */
    HttpService before(HttpService grpc) {
        HttpService counted = grpc.decorate(this);
        return new SimpleDecoratingHttpService(counted) {
            @Override
            public ExchangeType exchangeType(RoutingContext context) {
                return ExchangeType.REQUEST_STREAMING;
            }

            @Override
            public HttpResponse serve(ServiceRequestContext context, HttpRequest request) throws Exception {
                return counted.serve(context, request);
            }
        };
    }

    @Override
    public HttpResponse serve(HttpService grpc, ServiceRequestContext context, HttpRequest request) throws Exception {
        Intake.Ticket ticket;
        try {
            context.setAttr(CALLER, gate.admit(context, request.headers()));
            ticket = intake.enter(request.headers());
        } catch (Rejected e) {
            return GrpcProblem.answer(e.problem());
        }
        context.log().whenComplete().thenAccept(_ -> ticket.leave());
        HttpRequest counted = intake.counted(request, ticket);
        context.updateRequest(counted);
        return grpc.serve(context, counted);
    }

    /** What was refused while it came in. */
    @Override
    public @Nullable Status apply(RequestContext context, Status status, Throwable cause, Metadata metadata) {
        if (cause instanceof Rejected refused) {
            StatusRuntimeException told = refused.problem().grpc();
            Metadata details = told.getTrailers();
            if (details != null) {
                metadata.merge(details);
            }
            return told.getStatus();
        }
        return null;
    }
}
