package io.carillon.remoting;

/** A request whose header or body cannot be understood; the dispatcher answers it with {@link #code}. */
public final class BadRequest extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int code;

    public BadRequest(int code, String fault) {
        super(fault, null, false, false);
        this.code = code;
    }

    public BadRequest(String fault) {
        this(ResponseCode.SYSTEM_ERROR, fault);
    }

    public int code() {
        return code;
    }
}
