package io.carillon.remoting;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An answer, or a request of ours: code, remark, header fields and body. Built by one thread, then not changed. */
public final class Reply {
    private static final Payload NO_BODY = Payload.of(new byte[0]);

    private final int code;
    private final @Nullable String remark;
    private final Map<String, String> ext = new LinkedHashMap<>();
    private Payload body = NO_BODY;

    private Reply(int code, @Nullable String remark) {
        this.code = code;
        this.remark = remark;
    }

    public static Reply ok() {
        return new Reply(ResponseCode.SUCCESS, null);
    }

    public static Reply of(int code) {
        return new Reply(code, null);
    }

    public static Reply of(int code, @Nullable String remark) {
        return new Reply(code, remark);
    }

    public Reply ext(String name, String value) {
        ext.put(name, value);
        return this;
    }

    public Reply ext(String name, long value) {
        return ext(name, Long.toString(value));
    }

    public Reply ext(String name, boolean value) {
        return ext(name, Boolean.toString(value));
    }

    public Reply body(byte[] bytes) {
        return body(Payload.of(bytes));
    }

    public Reply body(Payload written) {
        body = written;
        return this;
    }

    public int code() {
        return code;
    }

    public @Nullable String remark() {
        return remark;
    }

    public Map<String, String> ext() {
        return ext;
    }

    /** A copy of the body. */
    public byte[] body() {
        return body.bytes();
    }

    Payload payload() {
        return body;
    }
}
