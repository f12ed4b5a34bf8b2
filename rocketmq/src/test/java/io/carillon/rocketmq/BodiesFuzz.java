package io.carillon.rocketmq;

import io.carillon.remoting.BadRequest;
import java.util.function.Function;

/**
 * Fuzz target: any bytes are the body of a heartbeat, of a request for locks, of a policy, that is understood the same
 * way every time, or a bad request.
 */
public final class BodiesFuzz {
    private BodiesFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        twice(input, HeartbeatBody::of);
        twice(input, ClientBodies.Locks::of);
        twice(input, json -> AccessBodies.entries(JsonFields.parse(json, "policy")));
    }

    private static void twice(byte[] input, Function<byte[], Object> reader) {
        Object first = read(input, reader);
        Object second = read(input, reader);
        if (!first.equals(second)) {
            throw new AssertionError("read in two ways: " + first + " and " + second);
        }
    }

    private static Object read(byte[] input, Function<byte[], Object> reader) {
        try {
            return reader.apply(input);
        } catch (BadRequest fault) {
            return "refused: " + fault.getMessage();
        }
    }
}
