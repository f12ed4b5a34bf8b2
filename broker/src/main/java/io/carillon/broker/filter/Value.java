package io.carillon.broker.filter;

import java.util.Arrays;

/** What conditions compare: texts, numbers, and what is never there. */
sealed interface Value extends Expression {

    /** A text in UTF-8, which stands somewhere in an array. */
    sealed interface Text extends Value {
        byte[] bytes(RecordProperties properties);

        int at(RecordProperties properties);

        int length(RecordProperties properties);
    }

    /** A property of the message; it is always a text, and may be missing. */
    record Property(int slot) implements Text {
        @Override
        public int state(RecordProperties properties) {
            return properties.has(slot) ? Truth.VALUE : Truth.UNKNOWN;
        }

        @Override
        public byte[] bytes(RecordProperties properties) {
            return properties.bytes();
        }

        @Override
        public int at(RecordProperties properties) {
            return properties.valueAt(slot);
        }

        @Override
        public int length(RecordProperties properties) {
            return properties.valueLength(slot);
        }
    }

    /** A text that stands in the expression. */
    @SuppressWarnings("ArrayRecordComponent") // never changed, never compared
    record Literal(byte[] bytes) implements Text {
        @Override
        public int state(RecordProperties properties) {
            return Truth.VALUE;
        }

        @Override
        public byte[] bytes(RecordProperties properties) {
            return bytes;
        }

        @Override
        public int at(RecordProperties properties) {
            return 0;
        }

        @Override
        public int length(RecordProperties properties) {
            return bytes.length;
        }
    }

    /**
     * A number of the expression. Its type says what a text must be to be compared with it.
     *
     * @param whole its value, when it is not a double
     * @param isLiteral whether it stands there as such, without a sign
     */
    record Numeric(Type type, long whole, double real, boolean isLiteral) implements Value {
        enum Type {
            INT,
            LONG,
            DOUBLE
        }

        static Numeric of(long whole) {
            boolean isInt = whole == (int) whole;
            return new Numeric(isInt ? Type.INT : Type.LONG, whole, whole, true);
        }

        static Numeric of(double real) {
            return new Numeric(Type.DOUBLE, 0, real, true);
        }

        Numeric negated() {
            return new Numeric(type, -whole, -real, false);
        }

        @Override
        public int state(RecordProperties properties) {
            return Truth.VALUE;
        }

        int compareTo(Numeric other) {
            return type == Type.DOUBLE || other.type == Type.DOUBLE
                    ? Double.compare(real, other.real)
                    : Long.compare(whole, other.whole);
        }

        /** How a text compares with this number, or {@link NumberText#NONE}. */
        int compareText(byte[] bytes, int at, int length) {
            return switch (type) {
                case INT -> NumberText.compare(bytes, at, length, whole, Integer.MIN_VALUE, Integer.MAX_VALUE);
                case LONG -> NumberText.compare(bytes, at, length, whole, Long.MIN_VALUE, Long.MAX_VALUE);
                case DOUBLE -> NumberText.compare(bytes, at, length, real);
            };
        }
    }

    /** The negative of what is no number: nothing. Of a condition it is worked out nevertheless, for it may fail. */
    record Negative(Expression of) implements Value {
        @Override
        public int state(RecordProperties properties) {
            return of.state(properties) == Truth.ERROR ? Truth.ERROR : Truth.UNKNOWN;
        }
    }

    /** How two texts compare when both are numbers, or {@link NumberText#NONE}. */
    static int compareNumbers(Text left, Text right, RecordProperties properties) {
        double a = NumberText.real(left.bytes(properties), left.at(properties), left.length(properties));
        double b = NumberText.real(right.bytes(properties), right.at(properties), right.length(properties));
        return NumberText.isNone(a) || NumberText.isNone(b) ? NumberText.NONE : Double.compare(a, b);
    }

    static boolean areEqual(Text left, Text right, RecordProperties properties) {
        int leftAt = left.at(properties);
        int rightAt = right.at(properties);
        int length = left.length(properties);
        return length == right.length(properties)
                && Arrays.equals(
                        left.bytes(properties),
                        leftAt,
                        leftAt + length,
                        right.bytes(properties),
                        rightAt,
                        rightAt + length);
    }
}
