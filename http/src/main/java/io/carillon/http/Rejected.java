package io.carillon.http;

import io.carillon.base.delayqueue.Refusal;

/** A request that is refused while it is read: thrown and caught within this front. */
final class Rejected extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    Rejected(Problem problem) {
        super(problem.detail(), null, false, false);
        this.problem = problem;
    }

    Rejected(Refusal why) {
        this(Problem.of(why));
    }

    Problem problem() {
        return problem;
    }
}
