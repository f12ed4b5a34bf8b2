package io.carillon.http;

import com.google.protobuf.Duration;
import io.carillon.api.delayqueue.v1.RetryPolicy;
import io.carillon.base.delayqueue.Limits;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Refusal.OverLimit;
import io.carillon.base.delayqueue.Refusal.UnderLimit;
import io.carillon.base.delayqueue.Requests.Page;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.When;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The API's requests in the engine's words, checked against its limits; what does not fit is {@link Rejected}. */
final class FromApi {
    private static final int PAGE_DEFAULT = 100;
    private static final int REDRIVE_DEFAULT = 100;
    static final int ID_LENGTH_MAX = 128;
    static final int TAGS_MAX = 32;

    private final Limits limits;

    FromApi(Limits limits) {
        this.limits = limits;
    }

    // ---- names and numbers

    String topic(String name) {
        return name("topic", name);
    }

    Where where(String topic, String group) {
        return new Where(topic(topic), name("group", group));
    }

    private String name(String field, String name) {
        if (name.isEmpty()) {
            throw new Rejected(Problem.invalid(field, "the name of the " + field + " is missing"));
        }
        within("name_length_max", limits.contents().nameLengthMax(), name.length());
        return name;
    }

    String id(String id) {
        if (id.isEmpty()) {
            throw new Rejected(Problem.invalid("id", "the id of a message is missing"));
        }
        within("id_length_max", ID_LENGTH_MAX, id.length());
        return id;
    }

    static void within(String limit, long max, long asked) {
        if (asked > max) {
            throw new Rejected(new OverLimit(limit, max, asked));
        }
    }

    /** @param otherwise what 0 stands for */
    int count(String field, String limit, int max, int asked, int otherwise) {
        if (asked < 0) {
            throw new Rejected(Problem.invalid(field, "a number of things must not be negative: " + asked));
        }
        within(limit, max, asked);
        return asked == 0 ? otherwise : asked;
    }

    Page page(String token, int size) {
        int max = limits.calls().pageMax();
        return new Page(token, count("page_size", "page_max", max, size, Math.min(PAGE_DEFAULT, max)));
    }

    void batch(int count) {
        within("batch_max", limits.calls().batchMax(), count);
    }

    /** Of what there must be one at least. */
    void batch(String field, int count) {
        if (count == 0) {
            throw new Rejected(Problem.invalid(field, "there must be at least one"));
        }
        batch(count);
    }

    int pull(int count) {
        return count("max", "pull_max", limits.calls().pullMax(), count, 1);
    }

    int redrive(int count) {
        int max = limits.calls().batchMax();
        return count("max", "batch_max", max, count, Math.min(REDRIVE_DEFAULT, max));
    }

    int partitions(int count) {
        return count("partitions", "partitions_max", limits.room().partitionsMax(), count, 0);
    }

    List<String> tags(List<String> tags) {
        within("tags_max", TAGS_MAX, tags.size());
        for (String tag : tags) {
            if (tag.isEmpty() || tag.equals("*") || tag.contains("||")) {
                throw new Rejected(Problem.invalid(
                        "tags", "'" + tag + "' is no tag of a message; for all messages leave the tags out"));
            }
            key("tags", tag);
        }
        return tags;
    }

    long waitMs(Duration wait) {
        long ms = Times.ms(wait, "wait");
        within("wait_max_ms", limits.times().waitMaxMs(), ms);
        return ms;
    }

    /** @param isThere otherwise the group says */
    long visibilityMs(boolean isThere, Duration visibility) {
        if (!isThere) {
            return io.carillon.base.delayqueue.Requests.BY_GROUP;
        }
        long ms = Times.ms(visibility, "visibility");
        within("visibility_max_ms", limits.times().visibilityMaxMs(), ms);
        if (ms < limits.times().visibilityMinMs()) {
            throw new Rejected(
                    new UnderLimit("visibility_min_ms", limits.times().visibilityMinMs(), ms));
        }
        return ms;
    }

    // ---- messages

    NewMessage message(io.carillon.api.delayqueue.v1.NewMessage from) {
        byte[] body = (from.hasText() ? from.getTextBytes() : from.getBody()).toByteArray();
        within("body_bytes_max", limits.contents().bodyBytesMax(), body.length);
        checkHeaders(from);
        try {
            return new NewMessage(
                    when(from),
                    key("idempotency_key", from.getIdempotencyKey()),
                    key("key", from.getKey()),
                    key("tag", from.getTag()),
                    key("ordering_key", from.getOrderingKey()),
                    ttlMs(from.getTtl()),
                    from.hasPriority() ? from.getPriority() : NewMessage.PRIORITY_DEFAULT,
                    from.hasRetry() ? retry(from.getRetry()) : null,
                    from.getHeadersMap(),
                    body);
        } catch (IllegalArgumentException e) {
            throw new Rejected(Problem.invalid("message", String.valueOf(e.getMessage())));
        }
    }

    private long ttlMs(Duration ttl) {
        long ms = Times.ms(ttl, "ttl");
        within("ttl_max_ms", limits.times().ttlMaxMs(), ms);
        return ms;
    }

    private String key(String field, String key) {
        if (key.isEmpty()) {
            return key; // most have none
        }
        within("key_length_max", limits.contents().keyLengthMax(), utf8Bytes(key));
        if (key.chars().anyMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c))) {
            throw new Rejected(Problem.invalid(field, field + " must not hold spaces or control characters"));
        }
        return key;
    }

    private void checkHeaders(io.carillon.api.delayqueue.v1.NewMessage from) {
        within("headers_max", limits.contents().headersMax(), from.getHeadersCount());
        long bytes = 0;
        for (var header : from.getHeadersMap().entrySet()) {
            if (header.getKey().isEmpty() || header.getValue().isEmpty()) {
                throw new Rejected(Problem.invalid("headers", "a header needs a name and a value"));
            }
            bytes += utf8Bytes(header.getKey()) + utf8Bytes(header.getValue());
        }
        within("header_bytes_max", limits.contents().headerBytesMax(), bytes);
    }

    private static int utf8Bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private When when(io.carillon.api.delayqueue.v1.NewMessage from) {
        return switch (from.getWhenCase()) {
            case DELAY -> after(from.getDelay());
            case DUE_AT -> new When.At(Times.ms(from.getDueAt(), "due_at"));
            case WHEN_NOT_SET -> When.now();
        };
    }

    private When after(Duration delay) {
        long ms = Times.ms(delay, "delay");
        within("delay_max_ms", limits.times().delayMaxMs(), ms);
        return new When.After(ms);
    }

    When when(io.carillon.api.delayqueue.v1.RescheduleRequest from) {
        return switch (from.getWhenCase()) {
            case DELAY -> after(from.getDelay());
            case DUE_AT -> new When.At(Times.ms(from.getDueAt(), "due_at"));
            case WHEN_NOT_SET -> When.now();
        };
    }

    long releaseMs(boolean isThere, Duration delay) {
        if (!isThere) {
            return io.carillon.base.delayqueue.Requests.BY_POLICY;
        }
        long ms = Times.ms(delay, "delay");
        within("visibility_max_ms", limits.times().visibilityMaxMs(), ms);
        return ms;
    }

    io.carillon.base.delayqueue.RetryPolicy retry(RetryPolicy from) {
        long backoffMs = Times.ms(from.getBackoff(), "backoff");
        long backoffMaxMs = from.hasMaxBackoff() ? Times.ms(from.getMaxBackoff(), "max_backoff") : backoffMs;
        within("visibility_max_ms", limits.times().visibilityMaxMs(), Math.max(backoffMs, backoffMaxMs));
        double multiplier = from.getBackoffMultiplier() == 0 ? 1 : from.getBackoffMultiplier();
        within("max_attempts_max", limits.room().maxAttemptsMax(), from.getMaxAttempts());
        try {
            return new io.carillon.base.delayqueue.RetryPolicy(
                    from.getMaxAttempts(), backoffMs, multiplier, backoffMaxMs);
        } catch (IllegalArgumentException e) {
            throw new Rejected(Problem.invalid("retry", String.valueOf(e.getMessage())));
        }
    }

    @Nullable
    MessageState state(io.carillon.api.delayqueue.v1.MessageState from) {
        return switch (from) {
            case MESSAGE_STATE_UNSPECIFIED -> null;
            case SCHEDULED -> MessageState.SCHEDULED;
            case READY -> MessageState.READY;
            case IN_FLIGHT -> MessageState.IN_FLIGHT;
            case DELIVERED -> MessageState.DELIVERED;
            case ACKNOWLEDGED -> MessageState.ACKNOWLEDGED;
            case CANCELLED -> MessageState.CANCELLED;
            case EXPIRED -> MessageState.EXPIRED;
            case DEAD -> MessageState.DEAD;
            case UNRECOGNIZED -> throw new Rejected(Problem.invalid("state", "there is no such state"));
        };
    }
}
