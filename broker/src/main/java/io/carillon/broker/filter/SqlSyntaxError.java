package io.carillon.broker.filter;

/** Leaves the parser, which calls itself, when an expression is wrong; {@link SqlFilter#parse} makes a value of it. */
final class SqlSyntaxError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param at where it is wrong, counted in characters from 0; people count from 1 */
    SqlSyntaxError(int at, String what) {
        super("the filter expression is wrong at character " + (at + 1) + ": " + what, null, false, false);
    }
}
