package io.carillon.broker.filter;

/** What a part of an expression says of a message: numbers, because many are worked out for every message. */
final class Truth {
    static final int FALSE = 0;
    static final int TRUE = 1;
    /** SQL's third truth value, and the state of a value that is not there. */
    static final int UNKNOWN = 2;
    /** Something was compared that cannot be: the whole expression gives up, whatever stands around it. */
    static final int ERROR = 3;
    /** The state of a text or number that is there; never the outcome of a condition. */
    static final int VALUE = 4;

    private Truth() {}

    static int of(boolean is) {
        return is ? TRUE : FALSE;
    }

    static int not(int truth) {
        return truth <= TRUE ? TRUE - truth : truth;
    }
}
