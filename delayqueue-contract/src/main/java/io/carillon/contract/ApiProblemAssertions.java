package io.carillon.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Descriptors.FieldDescriptor;
import io.carillon.api.delayqueue.v1.Limits;
import io.carillon.contract.ApiClient.ApiProblem;

/** What is expected of a call that is not done. */
final class ApiProblemAssertions {
    private ApiProblemAssertions() {}

    static void assertProblem(String code, Runnable call) {
        assertCode(code, problem(call));
    }

    private static ApiProblem problem(Runnable call) {
        return catchThrowableOfType(ApiProblem.class, call::run);
    }

    private static void assertCode(String code, ApiProblem problem) {
        assertThat(problem).as("refused, with " + code).isNotNull();
        assertThat(problem.code()).as(problem.getMessage()).isEqualTo(code);
    }

    /** The limit has this name among the limits, and the value that is told there. */
    static void assertOverLimit(Limits limits, String limit, Runnable call) {
        assertLimit(limits, "over-limit", limit, call);
    }

    static void assertUnderLimit(Limits limits, String limit, Runnable call) {
        assertLimit(limits, "under-limit", limit, call);
    }

    /** As many as may be are under way. */
    static void assertBusy(Limits limits, String limit, Runnable call) {
        assertLimit(limits, "busy", limit, call);
    }

    static void assertLimit(Limits limits, String code, String limit, Runnable call) {
        ApiProblem problem = problem(call);
        assertCode(code, problem);
        assertThat(problem.limit()).as(problem.getMessage()).isEqualTo(limit);
        FieldDescriptor field = Limits.getDescriptor().findFieldByName(limit);
        assertThat(field).as("a limit of the name " + limit).isNotNull();
        assertThat(problem.bound()).as(problem.getMessage()).isEqualTo(((Number) limits.getField(field)).longValue());
    }
}
