package io.carillon.http;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestContext;
import com.linecorp.armeria.common.grpc.GrpcExceptionHandlerFunction;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.jspecify.annotations.Nullable;

/** Counts what calls of gRPC take up, as {@link JsonApi} does for its own. On the event loops. */
final class GrpcIntake implements DecoratingHttpServiceFunction, GrpcExceptionHandlerFunction {
    private final Intake intake;

    GrpcIntake(Intake intake) {
        this.intake = intake;
    }

    @Override
    public HttpResponse serve(HttpService grpc, ServiceRequestContext context, HttpRequest request) throws Exception {
        Intake.Ticket ticket;
        try {
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
