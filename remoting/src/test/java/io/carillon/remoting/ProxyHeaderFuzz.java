package io.carillon.remoting;

import io.carillon.remoting.ProxyHeader.Found;
import io.netty.buffer.Unpooled;

/**
 * Fuzz target: the first bytes of a connection are a PROXY header, the beginning of one, none, or malformed; and what is
 * one was the beginning of one at every byte before its last.
 */
public final class ProxyHeaderFuzz {
    private ProxyHeaderFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        Found found;
        try {
            found = find(input, input.length);
        } catch (MalformedFrame _) {
            return;
        }
        switch (found) {
            case Found.None() -> require(input.length > 0, "nothing is not yet no header");
            case Found.Part() ->
                require(input.length < ProxyHeader.BYTES_MAX, "more than the largest header is awaited");
            case Found.Whole whole -> check(whole, input);
        }
    }

    private static void check(Found.Whole whole, byte[] input) {
        require(whole.bytes() <= Math.min(input.length, ProxyHeader.BYTES_MAX), "the header is longer than what came");
        require(whole.equals(find(input, whole.bytes())), "what comes behind the header changes it");
        for (int length = 0; length < whole.bytes(); length += whole.bytes() > 256 ? 17 : 1) {
            require(find(input, length) instanceof Found.Part, "a part of the header is taken for something else");
        }
    }

    private static Found find(byte[] input, int length) {
        return ProxyHeader.find(Unpooled.wrappedBuffer(input, 0, length));
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new AssertionError(fault);
        }
    }
}
