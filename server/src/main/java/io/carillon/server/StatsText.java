package io.carillon.server;

import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;
import java.util.List;
import java.util.Objects;

/** The figures about messages that wait, for people. */
record StatsText(JSONObject figures, TimeText times) {

    String text() {
        return totals() + lateness() + counters();
    }

    private String totals() {
        long overdueMs = figures.getLongValue("overdueMs");
        List<String> paused = list("paused").toList(String.class);
        return new Table()
                .row(
                        "waiting",
                        figures.getLongValue("messages") + " messages, " + figures.getLongValue("bytes") + " bytes")
                .row("first due", moment("firstDueMs"))
                .row("last due", moment("lastDueMs"))
                .row("overdue", overdueMs == 0 ? "nothing" : "since " + TimeText.showSpan(overdueMs))
                .row("paused", paused.isEmpty() ? "no topic" : String.join(" ", paused))
                .toString();
    }

    private String moment(String name) {
        Long ms = figures.getLong(name);
        return ms == null ? "-" : times.show(ms) + " (" + times.showDistance(ms) + ")";
    }

    private JSONArray list(String name) {
        return Objects.requireNonNullElseGet(figures.getJSONArray(name), JSONArray::new);
    }

    private JSONObject object(String name) {
        return Objects.requireNonNullElseGet(figures.getJSONObject(name), JSONObject::new);
    }

    private String lateness() {
        JSONObject topics = object("lateness");
        if (topics.isEmpty()) {
            return "";
        }
        long[] bounds = longs(list("latenessBoundsMs"));
        Table table = new Table().row("LATE BY AT MOST", "DELIVERED", "HALF", "99%", "99.9%", "ALL");
        for (String topic : topics.keySet()) {
            long[] counts = longs(topics.getJSONArray(topic));
            long all = sum(counts, counts.length);
            table.row(
                    ScheduleOutput.printable(topic),
                    Long.toString(all),
                    bound(counts, bounds, 500),
                    bound(counts, bounds, 990),
                    bound(counts, bounds, 999),
                    bound(counts, bounds, 1000));
        }
        return "\n" + table;
    }

    private static long[] longs(JSONArray all) {
        long[] longs = new long[all.size()];
        for (int i = 0; i < longs.length; i++) {
            longs[i] = all.getLongValue(i);
        }
        return longs;
    }

    private static long sum(long[] counts, int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            sum += counts[i];
        }
        return sum;
    }

    /** The upper end of the bucket by which so many of a thousand messages were delivered. */
    private static String bound(long[] counts, long[] boundsMs, long perMille) {
        long number = Math.ceilDiv(sum(counts, counts.length) * perMille, 1000);
        for (int i = 0; i < boundsMs.length; i++) {
            if (sum(counts, i + 1) >= number) {
                return TimeText.showSpan(boundsMs[i]);
            }
        }
        return "more";
    }

    private String counters() {
        Table table = new Table();
        object("counters").forEach((name, value) -> table.row(name, String.valueOf(value)));
        return "\n" + table;
    }
}
