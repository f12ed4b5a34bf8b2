package io.carillon.http;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.gson.JsonObject;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Message;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.carillon.base.delayqueue.Answer;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The API as JSON over HTTP, as the annotations of its methods say. On the event loops; what waits holds no thread. */
final class JsonApi implements HttpService {
    static final MediaType PROBLEM = MediaType.parse("application/problem+json");

    private static final long DRAINED_MAX = 64 << 10;

    private final List<Binding<?, ?>> bindings = new ArrayList<>();
    private final Gate gate;
    private final Intake intake;
    private final Traffic traffic;

    JsonApi(Methods methods, Gate gate, Intake intake, Traffic traffic) {
        this.gate = gate;
        this.intake = intake;
        this.traffic = traffic;
        methods.all().forEach(this::bind);
    }

    /**
     * A method at a path.
     *
     * @param body the field that the request's body is; {@code *} for all fields, empty for no body
     */
    private record Binding<Q extends Message, R extends Message>(
            HttpMethod verb, PathTemplate path, String body, Methods.Method<Q, R> method, Q empty) {}

    @SuppressWarnings("unchecked") // the marshaller of a request of this kind makes requests of this kind
    private <Q extends Message, R extends Message> void bind(Methods.Method<Q, R> method) {
        MethodDescriptor descriptor = Objects.requireNonNull(
                        (ProtoMethodDescriptorSupplier) method.descriptor().getSchemaDescriptor())
                .getMethodDescriptor();
        HttpRule rule = descriptor.getOptions().getExtension(AnnotationsProto.http);
        var prototypes = (io.grpc.MethodDescriptor.PrototypeMarshaller<Q>)
                method.descriptor().getRequestMarshaller();
        Q empty = Objects.requireNonNull(prototypes.getMessagePrototype());
        bindings.add(binding(rule, method, empty));
        rule.getAdditionalBindingsList().forEach(more -> bindings.add(binding(more, method, empty)));
    }

    private static <Q extends Message, R extends Message> Binding<Q, R> binding(
            HttpRule rule, Methods.Method<Q, R> method, Q empty) {
        HttpMethod verb = HttpMethod.valueOf(rule.getPatternCase().name());
        String path = switch (rule.getPatternCase()) {
            case GET -> rule.getGet();
            case POST -> rule.getPost();
            case PUT -> rule.getPut();
            case DELETE -> rule.getDelete();
            case PATCH, CUSTOM, PATTERN_NOT_SET ->
                throw new IllegalStateException("no path for " + method.name() + " in its annotation");
        };
        return new Binding<>(verb, PathTemplate.of(path), rule.getBody(), method, empty);
    }

    @Override
    public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
        CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
        try {
            Caller caller = gate.admit(context, request.headers());
            refuseEncoded(request.headers());
            context.setRequestTimeoutMillis(intake.timeoutMs());
            Intake.Ticket ticket = intake.enter(request.headers());
            intake.counted(request, ticket).aggregate().whenComplete((whole, fault) -> {
                HttpResponse early = fault == null ? null : unread(fault);
                if (early != null) {
                    ticket.leave();
                    answer.complete(early);
                } else {
                    route(context, whole, caller, answer);
                    answer.whenComplete((_, _) -> ticket.leave());
                }
            });
        } catch (Rejected e) {
            return afterBody(request, problem(e.problem()));
        }
        return HttpResponse.of(answer);
    }

    /**
     * Lets a body that is not looked at come in first, where it is short: over HTTP/2 many clients take an answer that comes
     * before they have said everything for a broken connection.
     */
    static HttpResponse afterBody(HttpRequest request, HttpResponse answer) {
        long length = request.headers().getLong(HttpHeaderNames.CONTENT_LENGTH, Long.MAX_VALUE);
        return length > DRAINED_MAX
                ? answer
                : HttpResponse.of(request.subscribe().handle((_, _) -> answer));
    }

    /** What is small here may be large when it is unpacked: nothing is. */
    private static void refuseEncoded(RequestHeaders headers) {
        String encoding = headers.get(HttpHeaderNames.CONTENT_ENCODING, "identity");
        if (!encoding.equalsIgnoreCase("identity")) {
            throw new Rejected(new Problem(
                    415, "invalid", "a body must come as it is, not packed as " + encoding, "content-encoding", 0, 0));
        }
    }

    private HttpResponse unread(Throwable fault) {
        if (fault instanceof Rejected e) {
            return problem(e.problem());
        }
        return problem(
                intake.isTooLarge(fault)
                        ? Problem.tooLarge(intake.requestBytesMax())
                        : Problem.invalid("", "the request broke off"));
    }

    private void route(
            ServiceRequestContext context,
            AggregatedHttpRequest request,
            Caller caller,
            CompletableFuture<HttpResponse> answer) {
        try {
            PathTemplate path = PathTemplate.of(context.path());
            // Who asks for the head alone is answered as who asks for all: the library leaves the body out.
            HttpMethod verb = request.method() == HttpMethod.HEAD ? HttpMethod.GET : request.method();
            Set<String> verbs = new TreeSet<>();
            for (Binding<?, ?> binding : bindings) {
                Map<String, String> fields = binding.path().match(path);
                if (fields != null && binding.verb() == verb) {
                    run(context, binding, fields, request, caller, answer);
                    return;
                }
                if (fields != null) {
                    verbs.add(binding.verb().name());
                }
            }
            answer.complete(unbound(request.method(), verbs));
        } catch (Rejected e) {
            answer.complete(problem(e.problem()));
        } catch (RuntimeException e) {
            answer.complete(problem(traffic.fault(e)));
        }
    }

    /** @param verbs what there is at the path; empty when there is nothing */
    private static HttpResponse unbound(HttpMethod asked, Set<String> verbs) {
        if (verbs.isEmpty()) {
            return problem(Problem.noSuchPath("there is nothing at this path; /openapi.json lists all of them"));
        }
        String allowed = String.join(", ", verbs);
        HttpResponse answer = asked == HttpMethod.OPTIONS
                ? HttpResponse.of(HttpStatus.NO_CONTENT)
                : problem(new Problem(405, "no-such-method", asked + " is not for this path", "", 0, 0));
        return answer.mapHeaders(headers ->
                headers.toBuilder().set(HttpHeaderNames.ALLOW, allowed).build());
    }

    private <Q extends Message, R extends Message> void run(
            ServiceRequestContext context,
            Binding<Q, R> binding,
            Map<String, String> fields,
            AggregatedHttpRequest request,
            Caller caller,
            CompletableFuture<HttpResponse> answer) {
        Q asked = read(binding, fields, request, QueryParams.fromQueryString(context.query()));
        Traffic.Span span = traffic.begin(binding.method().name(), "http");
        Methods.Call call = new Methods.Call(caller, true);
        CompletableFuture<Answer<R>> work;
        try {
            work = binding.method().run(asked, call);
        } catch (Rejected e) {
            span.end(e.problem().code());
            throw e;
        } catch (RuntimeException e) {
            Problem problem = traffic.fault(e);
            span.end(problem.code());
            answer.complete(problem(problem));
            return;
        }
        context.whenRequestCancelling().thenAccept(_ -> work.cancel(true));
        tellWhenLost(context, call);
        work.whenCompleteAsync((result, fault) -> answer.complete(answer(result, fault, span)), context.eventLoop());
    }

    static void tellWhenLost(ServiceRequestContext context, Methods.Call call) {
        context.log().whenComplete().thenAccept(log -> {
            if (log.responseCause() != null) {
                call.lost();
            }
        });
    }

    private <R extends Message> HttpResponse answer(
            @Nullable Answer<R> result, @Nullable Throwable fault, Traffic.Span span) {
        if (result instanceof Answer.Done<R>(R message)) {
            span.end("ok");
            return HttpResponse.of(HttpStatus.OK, MediaType.JSON, HttpData.wrap(JsonForm.write(message)));
        }
        Problem problem = result instanceof Answer.Refused<R>(var why)
                ? Problem.of(why)
                : traffic.fault(Objects.requireNonNull(fault, "neither an answer nor a fault"));
        span.end(problem.code());
        return problem(problem);
    }

    @SuppressWarnings("unchecked") // a builder builds what it was made of
    private static <Q extends Message, R extends Message> Q read(
            Binding<Q, R> binding, Map<String, String> fields, AggregatedHttpRequest request, QueryParams query) {
        Message.Builder into = binding.empty().newBuilderForType();
        byte[] body = request.content().array();
        if (binding.body().equals("*")) {
            JsonForm.read(body, into);
        } else if (!binding.body().isEmpty()) {
            JsonForm.read(body, into.getFieldBuilder(fieldOf(into, binding.body())));
        }
        if (binding.body().isEmpty()) {
            readQuery(query, into);
        }
        fields.forEach((name, value) -> into.setField(fieldOf(into, name), value));
        return (Q) into.build();
    }

    private static FieldDescriptor fieldOf(Message.Builder message, String name) {
        return Objects.requireNonNull(message.getDescriptorForType().findFieldByName(name), name);
    }

    /** As if they were the fields of a JSON object: so numbers and times may be written the same way. */
    private static void readQuery(QueryParams query, Message.Builder into) {
        JsonObject json = new JsonObject();
        query.forEach((name, value) -> json.addProperty(name, value));
        JsonForm.read(json.toString(), into);
    }

    static HttpResponse problem(Problem problem) {
        var headers = ResponseHeaders.builder(problem.status()).contentType(PROBLEM);
        if (problem.retryAfterMs() > 0) {
            headers.set("retry-after", Long.toString(Math.ceilDiv(problem.retryAfterMs(), 1000)));
        }
        if (problem.status() == 401) {
            headers.set("www-authenticate", "Bearer");
        }
        return HttpResponse.of(headers.build(), HttpData.ofUtf8(problem.json().toString()));
    }
}
