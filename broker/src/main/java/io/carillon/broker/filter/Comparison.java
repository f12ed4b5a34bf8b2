package io.carillon.broker.filter;

import io.carillon.broker.filter.Value.Numeric;
import io.carillon.broker.filter.Value.Text;

/** Two expressions compared, by the rules of Apache RocketMQ, odd ones included: see docs/filters.md. */
sealed interface Comparison extends Condition {
    Expression left();

    Expression right();

    /** {@code =}. What is missing on the left makes it unknown, on the right false, on both sides true. */
    record Equal(Expression left, Expression right) implements Comparison {
        @Override
        public int test(RecordProperties properties) {
            int leftState = left.state(properties);
            if (leftState == Truth.ERROR) {
                return Truth.ERROR;
            }
            int rightState = right.state(properties);
            if (rightState == Truth.ERROR) {
                return Truth.ERROR;
            }
            if (leftState == Truth.UNKNOWN) {
                return rightState == Truth.UNKNOWN ? Truth.TRUE : Truth.UNKNOWN;
            }
            return rightState == Truth.UNKNOWN ? Truth.FALSE : compare(leftState, rightState, properties);
        }

        private int compare(int leftState, int rightState, RecordProperties properties) {
            return switch (left) {
                case Text text when right instanceof Text other -> Truth.of(Value.areEqual(text, other, properties));
                case Text text
                when right instanceof Condition -> Truth.of(isTrue(text, properties) == (rightState == Truth.TRUE));
                case Condition _ when right instanceof Condition -> Truth.of(leftState == rightState);
                case Condition _ when right instanceof Text -> Truth.ERROR;
                case Condition _ -> Truth.FALSE;
                case Value _ when right instanceof Condition -> Truth.FALSE;
                case Value _ -> isZero(compared(left, right, properties));
            };
        }

        private static int isZero(int order) {
            return order == NumberText.NONE ? Truth.ERROR : Truth.of(order == 0);
        }

        private static boolean isTrue(Text text, RecordProperties properties) {
            int at = text.at(properties);
            byte[] bytes = text.bytes(properties);
            return text.length(properties) == 4
                    && (bytes[at] | 0x20) == 't'
                    && (bytes[at + 1] | 0x20) == 'r'
                    && (bytes[at + 2] | 0x20) == 'u'
                    && (bytes[at + 3] | 0x20) == 'e';
        }
    }

    enum Order {
        LESS,
        LESS_OR_EQUAL,
        GREATER,
        GREATER_OR_EQUAL;

        boolean holds(int order) {
            return switch (this) {
                case LESS -> order < 0;
                case LESS_OR_EQUAL -> order <= 0;
                case GREATER -> order > 0;
                case GREATER_OR_EQUAL -> order >= 0;
            };
        }
    }

    /** {@code < <= > >=}, of numbers and of texts that are numbers. What is missing makes it unknown. */
    record Ordered(Order order, Value left, Value right) implements Comparison {
        @Override
        public int test(RecordProperties properties) {
            int leftState = left.state(properties);
            if (leftState != Truth.VALUE) {
                return leftState;
            }
            int rightState = right.state(properties);
            if (rightState != Truth.VALUE) {
                return rightState;
            }
            int compared = compared(left, right, properties);
            return compared == NumberText.NONE ? Truth.ERROR : Truth.of(order.holds(compared));
        }
    }

    /** How two values compare that are both there, as numbers; {@link NumberText#NONE} when one is none. */
    private static int compared(Expression left, Expression right, RecordProperties properties) {
        if (left instanceof Text text) {
            return right instanceof Numeric number
                    ? compared(text, number, properties)
                    : Value.compareNumbers(text, (Text) right, properties);
        }
        Numeric number = (Numeric) left;
        if (right instanceof Numeric other) {
            return number.compareTo(other);
        }
        int reversed = compared((Text) right, number, properties);
        return reversed == NumberText.NONE ? NumberText.NONE : -reversed;
    }

    private static int compared(Text text, Numeric number, RecordProperties properties) {
        return number.compareText(text.bytes(properties), text.at(properties), text.length(properties));
    }
}
