package io.carillon.rocketmq;

import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Request;
import io.carillon.remoting.ResponseCode;
import io.carillon.schedule.WaitingPlace;
import java.util.Objects;

/** What a request about waiting messages says in its header; read before the request is gone. */
record ScheduleFields(Request request) {
    /** Some ten thousand years: far enough, and sums of such times do not overflow. */
    private static final long TIME_MAX_MS = 1_000_000_000_000_000L;

    /** The text of a field, empty when it is absent. */
    String text(String name) {
        return Objects.requireNonNullElse(request.ext(name), "");
    }

    String required(String name, String expected) {
        String text = text(name);
        if (text.isEmpty()) {
            throw wrong("field " + name + " is missing: " + expected);
        }
        return text;
    }

    long timeMs(String name, long otherwise) {
        return number(name, otherwise, -TIME_MAX_MS, TIME_MAX_MS, "a time in ms since 1970");
    }

    long requiredTimeMs(String name) {
        required(name, "a time in ms since 1970");
        return timeMs(name, 0);
    }

    long number(String name, long otherwise, long min, long max, String expected) {
        String text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below, as is a number that is out of bounds
        }
        throw wrong("field " + name + " should be " + expected + ", not '" + text + "'");
    }

    /** From where on a list goes on; its beginning when the field is absent. */
    WaitingPlace place(String name) {
        String text = text(name);
        try {
            return text.isEmpty() ? WaitingPlace.START : WaitingPlace.parse(text);
        } catch (IllegalArgumentException e) {
            throw wrong("field " + name + ": " + e.getMessage());
        }
    }

    /** The message that is meant. */
    WaitingName name() {
        String id = text("id");
        if (!id.isEmpty()) {
            try {
                return WaitingName.parse(id);
            } catch (IllegalArgumentException e) {
                throw wrong(String.valueOf(e.getMessage()));
            }
        }
        String expected = "a message is named by its id, or by topic and key";
        return new WaitingName.Key(required("topic", expected), required("key", expected));
    }

    static BadRequest wrong(String detail) {
        return new BadRequest(ResponseCode.INVALID_PARAMETER, detail);
    }
}
