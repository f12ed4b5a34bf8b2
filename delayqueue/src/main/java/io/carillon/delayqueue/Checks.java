package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.Limits;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Refusal;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.When;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/** What is refused before a store is asked, and why. */
final class Checks {
    static final int SENDS_MAX = 20_000;
    static final Refusal NO_RECEIPT =
            new Refusal.NotYours("it is no receipt of this topic and group; use what a pull of them answered");

    private static final int NAME_MAX = 127;
    private static final int KEY_MAX = 255;
    private static final Pattern NAME = Pattern.compile("[%|a-zA-Z0-9_.-]+");

    private final Limits limits;

    Checks(DelayQueueConfig config) {
        DelayKeep keep = config.delayKeep();
        limits = new Limits(
                new Limits.Contents(NAME_MAX, KEY_MAX, (int) keep.bodyMax().bytes(), 128, 32 << 10),
                new Limits.Times(
                        keep.delayMax().toMillis(),
                        keep.delayMax().toMillis(),
                        30_000,
                        100,
                        12 * 3_600_000L,
                        keep.visibility().toMillis(),
                        keep.idempotency().toMillis()),
                new Limits.Calls(500, 500, 1_000, Limits.NONE),
                new Limits.Room(
                        config.waitingMax(),
                        config.waitingMax(),
                        Limits.NONE,
                        Limits.NONE,
                        SENDS_MAX,
                        Limits.NONE,
                        TopicTable.GROUPS_MAX,
                        Limits.NONE,
                        Retries.ATTEMPTS_MAX));
    }

    Limits limits() {
        return limits;
    }

    /** @param limit the name of the limit, as in {@link Limits} */
    Optional<Refusal> batch(String limit, int count, int max) {
        if (count < 1) {
            return Optional.of(new Refusal.Invalid("count", "there must be at least one"));
        }
        return count > max ? over(limit, max, count) : Optional.empty();
    }

    Optional<Refusal> name(String what, String name) {
        if (name.length() > NAME_MAX) {
            return over("name_length_max", NAME_MAX, name.length());
        }
        return NAME.matcher(name).matches()
                ? Optional.empty()
                : Optional.of(new Refusal.Invalid(
                        what, "a name has letters, digits and any of % | _ . - ; at least one of them"));
    }

    Optional<Refusal> message(NewMessage message, long nowMs) {
        if (message.body().length > limits.contents().bodyBytesMax()) {
            return over("body_bytes_max", limits.contents().bodyBytesMax(), message.body().length);
        }
        if (message.headers().size() > limits.contents().headersMax()) {
            return over(
                    "headers_max",
                    limits.contents().headersMax(),
                    message.headers().size());
        }
        int texts = Props.textBytes(message);
        if (texts > limits.contents().headerBytesMax()) {
            return over("header_bytes_max", limits.contents().headerBytesMax(), texts);
        }
        if (utf8(message.key()) > KEY_MAX || utf8(message.idempotencyKey()) > KEY_MAX) {
            return over("key_length_max", KEY_MAX, Math.max(utf8(message.key()), utf8(message.idempotencyKey())));
        }
        if (message.ttlMs() > limits.times().ttlMaxMs()) {
            return over("ttl_max_ms", limits.times().ttlMaxMs(), message.ttlMs());
        }
        if (message.retry() != null && message.retry().attemptsMax() > Retries.ATTEMPTS_MAX) {
            return over(
                    "max_attempts_max", Retries.ATTEMPTS_MAX, message.retry().attemptsMax());
        }
        return due(message.when(), nowMs);
    }

    private static int utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    Optional<Refusal> due(When when, long nowMs) {
        long delayMs = when.dueMs(nowMs) - nowMs;
        return delayMs > limits.times().delayMaxMs()
                ? over("delay_max_ms", limits.times().delayMaxMs(), delayMs)
                : Optional.empty();
    }

    Optional<Refusal> delay(long delayMs) {
        if (delayMs < 0 && delayMs != Requests.BY_POLICY) {
            return Optional.of(new Refusal.Invalid("delay", "a delay must not be negative"));
        }
        return delayMs > limits.times().delayMaxMs()
                ? over("delay_max_ms", limits.times().delayMaxMs(), delayMs)
                : Optional.empty();
    }

    Optional<Refusal> visibility(long ms) {
        if (ms < limits.times().visibilityMinMs()) {
            return Optional.of(
                    new Refusal.UnderLimit("visibility_min_ms", limits.times().visibilityMinMs(), ms));
        }
        return ms > limits.times().visibilityMaxMs()
                ? over("visibility_max_ms", limits.times().visibilityMaxMs(), ms)
                : Optional.empty();
    }

    /** The group that delivers to the sink is nobody's to receive for, make or delete. */
    Optional<Refusal> own(Requests.Where where) {
        return where.group().equals(SinkLoop.GROUP)
                ? Optional.of(new Refusal.Forbidden("the group '" + SinkLoop.GROUP
                        + "' is the delay queue's own, which delivers to the broker: use another name"))
                : Optional.empty();
    }

    Optional<Refusal> pull(Requests.Pull pull) {
        Optional<Refusal> own = own(pull.where());
        if (own.isPresent()) {
            return own;
        }
        if (pull.max() < 1 || pull.max() > limits.calls().pullMax()) {
            return batch("pull_max", pull.max(), limits.calls().pullMax());
        }
        if (pull.waitMs() > limits.times().waitMaxMs()) {
            return over("wait_max_ms", limits.times().waitMaxMs(), pull.waitMs());
        }
        return pull.visibilityMs() == Requests.BY_GROUP ? Optional.empty() : visibility(pull.visibilityMs());
    }

    Optional<Refusal> group(Requests.Where where, GroupSettings settings) {
        Optional<Refusal> refusal = own(where).or(() -> name("group", where.group()));
        if (refusal.isPresent()) {
            return refusal;
        }
        if (settings.retry() != null && settings.retry().attemptsMax() > Retries.ATTEMPTS_MAX) {
            return over(
                    "max_attempts_max", Retries.ATTEMPTS_MAX, settings.retry().attemptsMax());
        }
        return settings.visibilityMs() == 0 ? Optional.empty() : visibility(settings.visibilityMs());
    }

    Optional<Refusal> page(Requests.Page page) {
        if (!Looks.isToken(page.token())) {
            return Optional.of(new Refusal.Invalid("page_token", "it is none that a list answered"));
        }
        return batch("page_max", page.max(), limits.calls().pageMax());
    }

    private static Optional<Refusal> over(String limit, long max, long asked) {
        return Optional.of(new Refusal.OverLimit(limit, max, asked));
    }

    /** A part of a list that is in the order of its names: what comes after the token, which is a name. */
    static <S, T> Found<T> page(List<S> all, Function<S, String> name, Requests.Page page, Function<S, T> to) {
        List<T> items = new ArrayList<>();
        String last = "";
        for (S item : all) {
            if (name.apply(item).compareTo(page.token()) <= 0) {
                continue;
            }
            if (items.size() == page.max()) {
                return new Found<>(items, last);
            }
            last = name.apply(item);
            items.add(to.apply(item));
        }
        return new Found<>(items, "");
    }
}
