package io.carillon.server;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;
import com.alibaba.fastjson2.JSONWriter;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A broker's answer about messages that wait, as people and programs read it. */
final class ScheduleOutput {
    private static final int BAR_MAX = 40;

    private final ScheduleCall call;
    private final Response response;
    private final JSONObject body;
    private final TimeText times;

    ScheduleOutput(ScheduleCall call, Response response) {
        this.call = call;
        this.response = response;
        body = response.body().length == 0
                ? new JSONObject()
                : Objects.requireNonNullElseGet(JSON.parseObject(response.body()), JSONObject::new);
        times = call.times();
    }

    /** One JSON object: what was asked for, or what came of an order, with the broker's code and sentence. */
    String json() {
        JSONObject all = new JSONObject(body);
        if (call.command().isOrder() || response.code() != ResponseCode.SUCCESS) {
            all.put("code", response.code());
            all.put("remark", response.remark());
            all.putAll(response.ext());
        }
        return JSON.toJSONString(all, JSONWriter.Feature.PrettyFormat);
    }

    /** Why the broker did not do it. */
    String refusal() {
        if (response.code() == ResponseCode.REQUEST_CODE_NOT_SUPPORTED) {
            return "the server at " + call.broker()
                    + " knows no such request: it is a name server, an older version, or another make";
        }
        return response.remark() == null ? "the broker answered with code " + response.code() : response.remark();
    }

    /** The messages that a name may have meant; nothing when that was not the trouble. */
    String candidates() {
        return messages().isEmpty() ? "" : table().toString();
    }

    /** What the broker did, or knows. */
    String text() {
        return switch (call.command()) {
            case LIST -> list();
            case SHOW -> message();
            case HISTOGRAM -> histogram();
            case STATS -> new StatsText(body, times).text();
            case CANCEL, RESCHEDULE, FIRE_NOW, PAUSE, RESUME ->
                Objects.requireNonNullElse(response.remark(), "done") + "\n";
        };
    }

    private List<JSONObject> messages() {
        JSONArray all = body.getJSONArray("messages");
        return all == null ? List.of() : all.toList(JSONObject.class);
    }

    private String list() {
        List<JSONObject> all = messages();
        if (all.isEmpty()) {
            return "nothing like this waits\n";
        }
        String more = body.getBooleanValue("hasMore")
                ? "more wait: go on with --after " + text(body, "after") + ", or raise --max\n"
                : "";
        return table() + more;
    }

    private Table table() {
        Table table = new Table().row("ID", "DUE", "", "STATE", "BYTES", "TOPIC", "KEY");
        for (JSONObject one : messages()) {
            long dueMs = one.getLongValue("dueMs");
            table.row(
                    text(one, "id"),
                    times.show(dueMs),
                    times.showDistance(dueMs),
                    text(one, "state"),
                    text(one, "bodyBytes"),
                    text(one, "topic"),
                    keyOf(one));
        }
        return table;
    }

    /** The name that says most: the message's own key, its KEYS, or its unique id. */
    private static String keyOf(JSONObject message) {
        for (String name : List.of("key", "keys")) {
            if (message.containsKey(name)) {
                return text(message, name);
            }
        }
        return text(message, "uniqueId");
    }

    private String message() {
        Table table = new Table()
                .row("id", text(body, "id"))
                .row("state", text(body, "state"))
                .row("topic", text(body, "topic") + ", queue " + text(body, "queue"))
                .row("due", moment("dueMs"))
                .row("stored", moment("storedMs"))
                .row("body", text(body, "bodyBytes") + " bytes");
        JSONObject properties = body.getJSONObject("properties");
        if (properties == null) {
            return table.toString();
        }
        Table named = new Table();
        properties.forEach((name, value) -> named.row("  " + printable(name), printable(String.valueOf(value))));
        return table + "properties\n" + named + shownBody();
    }

    private String shownBody() {
        String base64 = body.getString("body");
        if (base64 == null || base64.isEmpty()) {
            return "";
        }
        String more = body.getBooleanValue("bodyIsCut") ? "... (--body shows more, --json has the bytes)\n" : "";
        return "body\n" + new BodyText(Base64.getDecoder().decode(base64)).text() + more;
    }

    private String moment(String name) {
        long ms = body.getLongValue(name);
        return times.show(ms) + " (" + times.showDistance(ms) + ")";
    }

    private String histogram() {
        JSONArray spans = Objects.requireNonNullElseGet(body.getJSONArray("spans"), JSONArray::new);
        if (spans.isEmpty()) {
            return "nothing waits for that time\n";
        }
        List<JSONObject> all = spans.toList(JSONObject.class);
        long most =
                all.stream().mapToLong(one -> one.getLongValue("count")).max().orElse(1);
        Table table = new Table().row("FROM", "MESSAGES");
        for (JSONObject one : all) {
            long count = one.getLongValue("count");
            int bar = (int) Math.max(1, count * BAR_MAX / most);
            table.row(times.show(one.getLongValue("fromMs")), Long.toString(count), "#".repeat(bar));
        }
        return table + (body.getBooleanValue("hasMore") ? "more wait later: go on with --from\n" : "");
    }

    private static String text(Map<String, Object> of, String name) {
        Object value = of.get(name);
        return value == null ? "" : printable(value.toString());
    }

    /** What senders chose must not move the cursor of whoever looks. */
    static String printable(String text) {
        return text.codePoints()
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
