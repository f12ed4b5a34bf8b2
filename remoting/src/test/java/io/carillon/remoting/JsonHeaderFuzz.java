package io.carillon.remoting;

/** Fuzz target: any bytes are a header that reads back and that plain code reads alike, or malformed. */
public final class JsonHeaderFuzz {
    private JsonHeaderFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        HeaderOracle.check(Header.TYPE_JSON, input);
    }
}
