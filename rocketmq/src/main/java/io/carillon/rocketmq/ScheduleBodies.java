package io.carillon.rocketmq;

import io.carillon.message.Extras;
import io.carillon.message.MessageProperties;
import io.carillon.schedule.ScheduleState.Status;
import io.carillon.schedule.Scheduler;
import io.carillon.schedule.Totals;
import io.carillon.schedule.Waiting;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The JSON bodies that answer questions about waiting messages; times are in ms since 1970. */
final class ScheduleBodies {
    /** A list ends before it is longer than this, lest it be larger than a frame. */
    private static final int LIST_CHARS_MAX = 2 << 20;

    private final Scheduler scheduler;

    ScheduleBodies(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** A page of messages, and from where on the next one goes on when there are more. */
    record Page(JsonText body, boolean hasMore, Optional<String> next) {}

    Page page(List<Waiting> found, int max) {
        List<JsonText> shown = new ArrayList<>();
        int chars = 0;
        for (Waiting one : found.subList(0, Math.min(max, found.size()))) {
            JsonText text = brief(one);
            chars += text.toString().length();
            if (chars > LIST_CHARS_MAX && !shown.isEmpty()) {
                break;
            }
            shown.add(text);
        }
        boolean hasMore = shown.size() < found.size();
        Optional<String> next = hasMore && !shown.isEmpty()
                ? Optional.of(found.get(shown.size() - 1).place().text())
                : Optional.empty();
        JsonText body =
                new JsonText().addText("messages", JsonText.array(shown)).add("hasMore", hasMore);
        return new Page(body.add("after", next.orElse(null)), hasMore, next);
    }

    /** What a list says of a message. */
    private JsonText brief(Waiting one) {
        return new JsonText()
                .add("id", WaitingName.text(one))
                .add("state", state(one))
                .add("topic", one.topic())
                .add("queue", one.queue())
                .add("dueMs", one.dueMs())
                .add("storedMs", one.storedMs())
                .add("bodyBytes", one.bodyBytes())
                .add("uniqueId", property(one, MessageProperties.UNIQ_KEY))
                .add("keys", property(one, MessageProperties.KEYS))
                .add("tags", property(one, MessageProperties.TAGS))
                .add("key", property(one, Extras.KEY))
                .add("cron", property(one, Extras.CRON));
    }

    private static @Nullable String property(Waiting one, String name) {
        return one.properties().get(name);
    }

    /** All that is known of a message, with the first bytes of its body as base64. */
    JsonText whole(Waiting one, int bodyMax) {
        byte[] body = scheduler.body(one.ticket(), bodyMax);
        return brief(one)
                .add("properties", one.properties())
                .add("body", body == null ? null : Base64.getEncoder().encodeToString(body))
                .add("bodyIsCut", body != null && body.length < one.bodyBytes());
    }

    /** One word for what has become of a message. */
    String state(Waiting one) {
        Status status = scheduler.status(one.ticket());
        return switch (status) {
            case PENDING -> one.isHeld() ? "paused" : "waiting";
            case LEFT -> "left";
            case CANCELLED -> "cancelled";
            case MOVED -> "moved";
            case EXPIRED -> "expired";
        };
    }

    static JsonText histogram(SortedMap<Long, Long> counts, long spanMs, boolean hasMore) {
        List<JsonText> spans = new ArrayList<>();
        counts.forEach((fromMs, count) ->
                spans.add(new JsonText().add("fromMs", fromMs).add("count", count)));
        return new JsonText()
                .add("spanMs", spanMs)
                .addText("spans", JsonText.array(spans))
                .add("hasMore", hasMore);
    }

    JsonText stats(Map<String, Long> counters, long nowMs) {
        Totals totals = scheduler.totals();
        Map<String, Long> ours = new TreeMap<>(counters);
        ours.keySet().removeIf(name -> !name.startsWith("schedule_"));
        return new JsonText()
                .add("messages", totals.messages())
                .add("bytes", totals.bytes())
                .add("firstDueMs", totals.messages() == 0 ? null : totals.firstDueMs())
                .add("lastDueMs", totals.messages() == 0 ? null : totals.lastDueMs())
                .add("overdueMs", totals.messages() == 0 ? 0 : Math.max(0, nowMs - totals.firstDueMs()))
                .add("paused", scheduler.paused().stream().sorted().toList())
                .add("latenessBoundsMs", Scheduler.latenessBoundsMs())
                .add("lateness", scheduler.lateness())
                .add("counters", ours);
    }
}
