package io.carillon.http;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import org.jspecify.annotations.Nullable;

/** What the HTTP library says where nobody else does: as problem documents too. */
final class Errors implements ServerErrorHandler {
    private final Intake intake;
    private final Traffic traffic;

    Errors(Intake intake, Traffic traffic) {
        this.intake = intake;
        this.traffic = traffic;
    }

    @Override
    public @Nullable HttpResponse onServiceException(ServiceRequestContext context, Throwable cause) {
        if (cause instanceof RequestTimeoutException) {
            return JsonApi.problem(Problem.tooLate());
        }
        return intake.isTooLarge(cause)
                ? JsonApi.problem(Problem.tooLarge(intake.requestBytesMax()))
                : JsonApi.problem(traffic.fault(cause));
    }

    @Override
    public @Nullable AggregatedHttpResponse onProtocolViolation(
            ServiceConfig config,
            @Nullable RequestHeaders headers,
            HttpStatus status,
            @Nullable String description,
            @Nullable Throwable cause) {
        Problem problem = status.equals(HttpStatus.REQUEST_ENTITY_TOO_LARGE)
                ? Problem.tooLarge(intake.requestBytesMax())
                : new Problem(
                        status.code(), "invalid", description == null ? status.reasonPhrase() : description, "", 0, 0);
        return AggregatedHttpResponse.of(
                ResponseHeaders.builder(problem.status())
                        .contentType(JsonApi.PROBLEM)
                        .build(),
                HttpData.ofUtf8(problem.json().toString()));
    }
}
