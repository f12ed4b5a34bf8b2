package io.carillon.http;

import com.google.gson.JsonObject;
import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.carillon.base.delayqueue.Refusal;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;

/**
 * Why a request was not done: over HTTP a problem document (RFC 9457), over gRPC a status with the same code.
 *
 * @param status of HTTP
 * @param code stable, for programs
 * @param field the field or the limit that it is about; empty for none
 * @param limit if {@code field} names a limit, the most that is taken, or the least where the code says so; else 0
 * @param retryAfterMs when it may be worth to try again; 0 for never
 */
record Problem(int status, String code, String detail, String field, long limit, long retryAfterMs) {
    static final String DOMAIN = "carillon";
    private static final String UNDER_LIMIT = "under-limit";

    private static final int INVALID = 400;
    private static final int UNAUTHENTICATED = 401;
    private static final int FORBIDDEN = 403;
    private static final int MISSING = 404;
    private static final int CONFLICT = 409;
    private static final int TOO_LARGE = 413;
    private static final int TOO_MANY = 429;
    private static final int UNSUPPORTED = 501;
    private static final int UNAVAILABLE = 503;

    static Problem of(Refusal why) {
        return switch (why) {
            case Refusal.Invalid(String field, String detail) -> new Problem(INVALID, why.code(), detail, field, 0, 0);
            case Refusal.OverLimit(String limit, long max, var _) ->
                new Problem(limit.endsWith("bytes_max") ? TOO_LARGE : INVALID, why.code(), why.detail(), limit, max, 0);
            case Refusal.UnderLimit(String limit, long min, var _) ->
                new Problem(INVALID, why.code(), why.detail(), limit, min, 0);
            case Refusal.Missing _ -> new Problem(MISSING, why.code(), why.detail(), "", 0, 0);
            case Refusal.NotYours _, Refusal.Conflict _ -> new Problem(CONFLICT, why.code(), why.detail(), "", 0, 0);
            case Refusal.Forbidden _ -> new Problem(FORBIDDEN, why.code(), why.detail(), "", 0, 0);
            case Refusal.Busy(String limit, long max, long retryAfterMs) ->
                new Problem(TOO_MANY, why.code(), why.detail(), limit, max, retryAfterMs);
            case Refusal.Unavailable(var _, var _, long retryAfterMs) -> unavailable(why, retryAfterMs);
            case Refusal.OutcomeUnknown(var _, var _, long retryAfterMs) -> unavailable(why, retryAfterMs);
            case Refusal.Unsupported _ -> new Problem(UNSUPPORTED, why.code(), why.detail(), "", 0, 0);
        };
    }

    private static Problem unavailable(Refusal why, long retryAfterMs) {
        return new Problem(UNAVAILABLE, why.code(), why.detail(), "", 0, retryAfterMs);
    }

    static Problem invalid(String field, String detail) {
        return new Problem(INVALID, "invalid", detail, field, 0, 0);
    }

    static Problem unauthenticated(String detail) {
        return new Problem(UNAUTHENTICATED, "unauthenticated", detail, "", 0, 0);
    }

    static Problem forbidden(String detail) {
        return new Problem(FORBIDDEN, "forbidden", detail, "", 0, 0);
    }

    static Problem unencrypted() {
        String detail = "this port is encrypted: speak TLS to it, as in https://";
        return new Problem(FORBIDDEN, "encryption-required", detail, "", 0, 0);
    }

    static Problem noSuchPath(String detail) {
        return new Problem(MISSING, "no-such-path", detail, "", 0, 0);
    }

    static Problem tooLarge(long max) {
        String detail = "a request is at most " + max + " bytes: send less at once";
        return new Problem(TOO_LARGE, "over-limit", detail, "request_bytes_max", max, 0);
    }

    /** What came of a fault: the facts are in the log, not for everybody. */
    static Problem fault() {
        String detail = "a fault of the server; whether it was done is unknown, and the server's log says more";
        return new Problem(500, "fault", detail, "", 0, 0);
    }

    static Problem unavailable(String detail) {
        return new Problem(UNAVAILABLE, "unavailable", detail, "", 0, 1_000);
    }

    static Problem tooLate() {
        return new Problem(UNAVAILABLE, "timeout", "the server did not get to it in time", "", 0, 1_000);
    }

    JsonObject json() {
        JsonObject json = new JsonObject();
        json.addProperty("type", "urn:carillon:problem:" + code);
        json.addProperty("title", code.replace('-', ' '));
        json.addProperty("status", status);
        json.addProperty("code", code);
        json.addProperty("detail", detail(true));
        if (!field.isEmpty()) {
            json.addProperty(limit == 0 ? "field" : "limit", inJson(field));
        }
        if (limit != 0) {
            json.addProperty(bound(), limit);
        }
        return json;
    }

    private String bound() {
        return code.equals(UNDER_LIMIT) ? "min" : "max";
    }

    /** As it is written in JSON, where fields have other names. */
    private String detail(boolean isJson) {
        return isJson && !field.isEmpty() && detail.startsWith(field + " ")
                ? inJson(field) + detail.substring(field.length())
                : detail;
    }

    /** {@code pullMax} for {@code pull_max}. */
    private static String inJson(String name) {
        StringBuilder to = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            boolean isNextLarge = name.charAt(i) == '_' && i + 1 < name.length();
            to.append(isNextLarge ? Character.toUpperCase(name.charAt(++i)) : name.charAt(i));
        }
        return to.toString();
    }

    /** @param isJson whether it is to be written as JSON */
    io.carillon.api.delayqueue.v1.Problem proto(boolean isJson) {
        return io.carillon.api.delayqueue.v1.Problem.newBuilder()
                .setCode(code)
                .setDetail(detail(isJson))
                .setField(isJson ? inJson(field) : field)
                .setLimit(limit)
                .build();
    }

    StatusRuntimeException grpc() {
        ErrorInfo.Builder info = ErrorInfo.newBuilder().setReason(code).setDomain(DOMAIN);
        if (!field.isEmpty()) {
            info.putMetadata(limit == 0 ? "field" : "limit", field);
        }
        if (limit != 0) {
            info.putMetadata(bound(), Long.toString(limit));
        }
        com.google.rpc.Status.Builder status = com.google.rpc.Status.newBuilder()
                .setCode(grpcCode().value())
                .setMessage(detail)
                .addDetails(Any.pack(info.build()));
        if (retryAfterMs > 0) {
            Duration delay = Times.duration(retryAfterMs);
            status.addDetails(
                    Any.pack(RetryInfo.newBuilder().setRetryDelay(delay).build()));
        }
        return StatusProto.toStatusRuntimeException(status.build());
    }

    private Status.Code grpcCode() {
        return switch (status) {
            case INVALID, TOO_LARGE -> Status.Code.INVALID_ARGUMENT;
            case UNAUTHENTICATED -> Status.Code.UNAUTHENTICATED;
            case FORBIDDEN -> Status.Code.PERMISSION_DENIED;
            case MISSING -> Status.Code.NOT_FOUND;
            case CONFLICT -> Status.Code.FAILED_PRECONDITION;
            case TOO_MANY -> Status.Code.RESOURCE_EXHAUSTED;
            case UNSUPPORTED -> Status.Code.UNIMPLEMENTED;
            case UNAVAILABLE -> Status.Code.UNAVAILABLE;
            default -> Status.Code.INTERNAL;
        };
    }
}
