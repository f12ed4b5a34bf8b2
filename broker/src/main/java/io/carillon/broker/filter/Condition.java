package io.carillon.broker.filter;

import java.util.Arrays;

/** What is true, false or unknown of a message, or cannot be told: see {@link Truth}. */
sealed interface Condition extends Expression permits Condition.Junction, Condition.Simple, Comparison {
    int test(RecordProperties properties);

    @Override
    default int state(RecordProperties properties) {
        return test(properties);
    }

    /** Several conditions together; the ones that cannot change the outcome any more are not looked at. */
    sealed interface Junction extends Condition {
        /** @param deciding which part's outcome decides, whatever the others say */
        static int test(Condition[] parts, int deciding, RecordProperties properties) {
            int outcome = Truth.not(deciding);
            for (Condition part : parts) {
                int truth = part.test(properties);
                if (truth == deciding || truth == Truth.ERROR) {
                    return truth;
                }
                outcome = truth == Truth.UNKNOWN ? Truth.UNKNOWN : outcome;
            }
            return outcome;
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never changed, never compared
    record And(Condition[] all) implements Junction {
        @Override
        public int test(RecordProperties properties) {
            return Junction.test(all, Truth.FALSE, properties);
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never changed, never compared
    record Or(Condition[] any) implements Junction {
        @Override
        public int test(RecordProperties properties) {
            return Junction.test(any, Truth.TRUE, properties);
        }
    }

    /** A condition about one thing. */
    sealed interface Simple extends Condition {}

    record Not(Condition condition) implements Simple {
        @Override
        public int test(RecordProperties properties) {
            return Truth.not(condition.test(properties));
        }
    }

    /** TRUE, FALSE and NULL as they stand in the expression. */
    record Constant(int truth) implements Simple {
        static final Constant TRUE = new Constant(Truth.TRUE);
        static final Constant FALSE = new Constant(Truth.FALSE);
        static final Constant NULL = new Constant(Truth.UNKNOWN);

        @Override
        public int test(RecordProperties properties) {
            return truth;
        }
    }

    /** A property where a condition should stand: it is a text, and so never true, even if it reads "true". */
    record Bare(Value.Property property) implements Simple {
        @Override
        public int test(RecordProperties properties) {
            return property.state(properties) == Truth.UNKNOWN ? Truth.UNKNOWN : Truth.FALSE;
        }
    }

    record IsNull(Expression expression) implements Simple {
        @Override
        public int test(RecordProperties properties) {
            int state = expression.state(properties);
            return state == Truth.ERROR ? Truth.ERROR : Truth.of(state == Truth.UNKNOWN);
        }
    }

    /** Whether a property is one of some texts, which are sorted by their bytes. */
    @SuppressWarnings("ArrayRecordComponent") // never changed, never compared
    record In(Value.Property property, byte[][] texts) implements Simple {
        public In {
            Arrays.sort(texts, Arrays::compareUnsigned);
        }

        @Override
        public int test(RecordProperties properties) {
            if (!properties.has(property.slot())) {
                return Truth.UNKNOWN;
            }
            int at = properties.valueAt(property.slot());
            return Truth.of(isAmong(properties.bytes(), at, at + properties.valueLength(property.slot())));
        }

        private boolean isAmong(byte[] bytes, int from, int to) {
            int low = 0;
            int high = texts.length - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                byte[] text = texts[middle];
                int order = Arrays.compareUnsigned(text, 0, text.length, bytes, from, to);
                if (order == 0) {
                    return true;
                }
                low = order < 0 ? middle + 1 : low;
                high = order < 0 ? high : middle - 1;
            }
            return false;
        }
    }

    /**
     * CONTAINS, STARTSWITH, ENDSWITH and their negations. Two-valued: of what is missing or no text, and with an empty
     * text to look for, the condition and its negation are both false.
     */
    record Part(Value.Text text, Search search, boolean isNegated) implements Simple {
        @Override
        public int test(RecordProperties properties) {
            if (search.isEmpty() || text.state(properties) == Truth.UNKNOWN) {
                return Truth.FALSE;
            }
            boolean isFound = search.isFoundIn(text.bytes(properties), text.at(properties), text.length(properties));
            return Truth.of(isFound != isNegated);
        }
    }

    /** The same of what is no text: false, but it is worked out, for it may fail. */
    record PartOfNoText(Expression expression, boolean isWorkedOut) implements Simple {
        @Override
        public int test(RecordProperties properties) {
            boolean fails = isWorkedOut && expression.state(properties) == Truth.ERROR;
            return fails ? Truth.ERROR : Truth.FALSE;
        }
    }
}
