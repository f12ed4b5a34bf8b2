package io.carillon.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What is expected of a call that is not done. */
final class ApiProblemAssertions {
    private ApiProblemAssertions() {}

    static void assertProblem(String code, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        ApiClient.ApiProblem.class,
                        problem -> assertThat(problem.code())
                                .as(problem.getMessage())
                                .isEqualTo(code));
    }

    static void assertOverLimit(String limit, Runnable call) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(ApiClient.ApiProblem.class, problem -> {
            assertThat(problem.code()).as(problem.getMessage()).isEqualTo("over-limit");
            assertThat(problem.limit()).as(problem.getMessage()).isEqualTo(limit);
        });
    }
}
