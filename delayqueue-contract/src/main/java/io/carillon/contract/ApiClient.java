package io.carillon.contract;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;

/** A client of the API, whichever way it speaks. */
public interface ApiClient extends AutoCloseable {
    /** @throws ApiProblem when it was not done */
    <Q extends Message, R extends Message> R call(MethodDescriptor<Q, R> method, Q request);

    /** Asks, and takes nothing of the answer; to close what it returns breaks the call off. */
    <Q extends Message> Asked ask(MethodDescriptor<Q, ?> method, Q request);

    /** A call whose answer nobody takes. */
    interface Asked extends AutoCloseable {
        @Override
        void close();
    }

    @Override
    void close();

    /** Why something was not done. */
    final class ApiProblem extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String code;
        private final String limit;
        private final long bound;

        ApiProblem(String code, String limit, long bound, String detail) {
            super(code + " " + limit + " " + bound + ": " + detail);
            this.code = code;
            this.limit = limit;
            this.bound = bound;
        }

        /** The stable one. */
        public String code() {
            return code;
        }

        /** The limit that it names, as the .proto does; empty for none. */
        public String limit() {
            return limit;
        }

        /** The most, or the least, that the limit lets through; 0 for none. */
        public long bound() {
            return bound;
        }
    }
}
