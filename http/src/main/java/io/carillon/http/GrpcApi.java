package io.carillon.http;

import com.google.protobuf.Message;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.base.delayqueue.Answer;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The API as gRPC. On the event loops; what waits holds no thread. */
final class GrpcApi {
    private final Intake intake;
    private final Traffic traffic;

    GrpcApi(Intake intake, Traffic traffic) {
        this.intake = intake;
        this.traffic = traffic;
    }

    ServerServiceDefinition service(Methods methods) {
        ServerServiceDefinition.Builder service =
                ServerServiceDefinition.builder(DelayQueueGrpc.getServiceDescriptor());
        methods.all().forEach(method -> add(service, method));
        return service.build();
    }

    private <Q extends Message, R extends Message> void add(
            ServerServiceDefinition.Builder service, Methods.Method<Q, R> method) {
        service.addMethod(
                method.descriptor(),
                ServerCalls.asyncUnaryCall((request, observer) -> call(method, request, observer)));
    }

    private <Q extends Message, R extends Message> void call(
            Methods.Method<Q, R> method, Q request, StreamObserver<R> observer) {
        ServiceRequestContext context = ServiceRequestContext.current();
        Traffic.Span span = traffic.begin(method.name(), "grpc");
        CompletableFuture<Answer<R>> work;
        Methods.Call how;
        try {
            context.setRequestTimeoutMillis(intake.timeoutMs());
            how = new Methods.Call(GrpcIntake.caller(context), false);
            work = method.run(request, how);
        } catch (Rejected e) {
            span.end(e.problem().code());
            observer.onError(e.problem().grpc());
            return;
        } catch (RuntimeException e) {
            Problem problem = traffic.fault(e);
            span.end(problem.code());
            observer.onError(problem.grpc());
            return;
        }
        JsonApi.tellWhenLost(context, how);
        ((ServerCallStreamObserver<R>) observer).setOnCancelHandler(() -> {
            // It may be cancelled when it was answered already, and the answer waits for the client to take it.
            if (!work.cancel(true)) {
                how.lost();
            }
        });
        work.whenCompleteAsync((result, fault) -> answer(observer, result, fault, span), context.eventLoop());
    }

    private <R extends Message> void answer(
            StreamObserver<R> observer, @Nullable Answer<R> result, @Nullable Throwable fault, Traffic.Span span) {
        if (result instanceof Answer.Done<R>(R message)) {
            span.end("ok");
            observer.onNext(message);
            observer.onCompleted();
            return;
        }
        Problem problem = result instanceof Answer.Refused<R>(var why)
                ? Problem.of(why)
                : traffic.fault(fault == null ? new IllegalStateException("neither an answer nor a fault") : fault);
        span.end(problem.code());
        observer.onError(problem.grpc());
    }
}
