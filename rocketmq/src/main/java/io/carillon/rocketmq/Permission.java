package io.carillon.rocketmq;

import io.carillon.remoting.Request;
import java.util.List;

/**
 * What requests of one code need.
 *
 * @param name as the protocol has it
 * @param isOrder whether it changes how the server is set up, so that it must not be replayed
 * @param says for people: what is needed
 * @param fields the header fields that {@code wants} looks at, so that what was allowed can be remembered by them; empty
 *     when it looks at the body
 * @param wants throws {@link io.carillon.remoting.BadRequest} when the request does not say what it is about
 */
record Permission(int code, String name, boolean isOrder, String says, List<String> fields, Wants wants) {
    /** Finds out what one request needs; nothing for who has shown who he is. */
    @FunctionalInterface
    interface Wants {
        List<Wanted> of(Request request, String cluster);
    }

    Permission {
        fields = List.copyOf(fields);
    }

    boolean isRemembered() {
        return !fields.isEmpty();
    }
}
