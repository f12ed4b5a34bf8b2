package io.carillon.bench;

/** The two encodings of a remoting header. The answer comes in the encoding of the request. */
enum HeaderFormat {
    JSON(0),
    BINARY(1);

    private final int number;

    HeaderFormat(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
