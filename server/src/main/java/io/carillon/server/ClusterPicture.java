package io.carillon.server;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * How a group of brokers is, put together from what its members say: each one for itself, and the one that leads for those
 * that do not answer.
 */
final class ClusterPicture {
    private static final String LEADER = "leader";
    private static final String SILENT = "silent";
    private static final int UNKNOWN = -1;

    /** What members say, by the addresses at which the others find them. */
    private final Map<String, JSONObject> views = new LinkedHashMap<>();

    /** Why members did not, by the same. */
    private final Map<String, String> faults = new LinkedHashMap<>();

    private final JSONObject first;

    private ClusterPicture(JSONObject first) {
        this.first = first;
        views.put(text(first, "self"), first);
    }

    /**
     * Asks everybody of whom a member knows, and those of whom they know.
     *
     * @param first what that member said
     */
    static ClusterPicture of(JSONObject first, BrokerCalls calls) {
        ClusterPicture picture = new ClusterPicture(first);
        Map<String, CompletableFuture<Response>> asked = picture.askThoseThatAreNew(calls);
        while (!asked.isEmpty()) {
            asked.forEach(picture::take);
            asked = picture.askThoseThatAreNew(calls);
        }
        return picture;
    }

    static JSONObject viewIn(Response response) {
        JSONObject view = response.body().length == 0 ? null : JSON.parseObject(response.body());
        return Objects.requireNonNullElseGet(view, JSONObject::new);
    }

    private Map<String, CompletableFuture<Response>> askThoseThatAreNew(BrokerCalls calls) {
        Map<String, CompletableFuture<Response>> asked = new LinkedHashMap<>();
        for (JSONObject view : List.copyOf(views.values())) {
            for (JSONObject member : members(view)) {
                String address = text(member, "address");
                String clients = text(member, "clients");
                if (!clients.isEmpty() && !views.containsKey(address) && !faults.containsKey(address)) {
                    asked.computeIfAbsent(
                            address, _ -> calls.ask(HostPort.parse(clients), RequestCode.CLUSTER_STATUS, Reply.ok()));
                }
            }
        }
        return asked;
    }

    private void take(String address, CompletableFuture<Response> asked) {
        try {
            Response response = asked.join();
            JSONObject view = viewIn(response);
            if (response.code() != ResponseCode.SUCCESS) {
                faults.put(address, Objects.requireNonNullElse(response.remark(), "code " + response.code()));
            } else if (!text(view, "self").equals(address)) {
                faults.put(address, "where it should be, " + text(view, "self") + " answers");
            } else {
                views.put(address, view);
            }
        } catch (CompletionException e) {
            faults.put(
                    address,
                    String.valueOf(
                            e.getCause() == null ? e.getMessage() : e.getCause().getMessage()));
        }
    }

    /** Whoever leads, as it says itself, knows most; of two the one that came later. */
    private JSONObject best() {
        return views.values().stream()
                .filter(view -> text(view, "role").equals(LEADER))
                .max(Comparator.comparingLong(view -> view.getLongValue("term")))
                .orElse(first);
    }

    /** The members, each as it says itself that it is, or as the others know it. */
    List<JSONObject> rows() {
        JSONObject best = best();
        List<JSONObject> all = members(best).stream().map(this::row).toList();
        long last = all.stream()
                .filter(row -> text(row, "address").equals(text(best, "leader")))
                .mapToLong(row -> row.getLongValue("lastIndex"))
                .findFirst()
                .orElseGet(() -> all.stream()
                        .mapToLong(row -> row.getLongValue("lastIndex"))
                        .max()
                        .orElse(UNKNOWN));
        for (JSONObject row : all) {
            long own = row.getLongValue("lastIndex");
            row.put("lag", own < 0 || last < 0 ? UNKNOWN : Math.max(0, last - own));
        }
        return all;
    }

    private JSONObject row(JSONObject known) {
        JSONObject row = new JSONObject(known);
        String address = text(known, "address");
        JSONObject own = views.get(address);
        row.put("answers", own != null);
        if (own != null) {
            own(own).ifKnown(row);
        } else if (faults.containsKey(address)) {
            row.put("fault", faults.get(address));
        }
        return row;
    }

    /** What a member says of itself. */
    private record Own(@Nullable JSONObject member, JSONObject view) {
        void ifKnown(JSONObject row) {
            row.put("role", text(view, "role"));
            row.put("term", view.getLongValue("term"));
            row.put("committedIndex", view.getLongValue("committedIndex"));
            if (member != null) {
                row.put("lastIndex", member.getLongValue("lastIndex"));
                row.put("appliedIndex", member.getLongValue("appliedIndex"));
            }
        }
    }

    private static Own own(JSONObject view) {
        JSONObject found = members(view).stream()
                .filter(member -> text(member, "address").equals(text(view, "self")))
                .findFirst()
                .orElse(null);
        return new Own(found, view);
    }

    /** All that is known, for programs. */
    JSONObject json() {
        JSONObject best = best();
        JSONObject all = new JSONObject();
        all.put("group", text(best, "group"));
        all.put("term", best.getLongValue("term"));
        all.put("leader", text(best, "leader"));
        all.put("leaderNode", nodeAt(best, text(best, "leader")));
        all.put("committedIndex", best.getLongValue("committedIndex"));
        all.put("firstIndex", best.getLongValue("firstIndex"));
        all.put("members", rows());
        return all;
    }

    /** The same for people. */
    String text() {
        JSONObject best = best();
        List<JSONObject> rows = rows();
        if (rows.isEmpty()) {
            return "this broker waits to be taken into a group: 'carillon cluster add', said of its number and of "
                    + text(best, "self") + "\n";
        }
        Table table = new Table()
                .row("NODE", "ROLE", "VOTE", "TERM", "LAST", "APPLIED", "LAG", "CONTACT", "CLIENTS", "ADDRESS");
        for (JSONObject row : rows) {
            table.row(
                    row.getIntValue("node") == 0 ? "?" : text(row, "node"),
                    text(row, "role").replace('-', ' '),
                    vote(row),
                    number(row, "term"),
                    number(row, "lastIndex"),
                    number(row, "appliedIndex"),
                    number(row, "lag"),
                    contact(row, best),
                    text(row, "clients").isEmpty() ? "-" : text(row, "clients"),
                    text(row, "address"));
        }
        return heading(best) + table + notes(best, rows);
    }

    private static String heading(JSONObject best) {
        return "group " + text(best, "group") + ", term " + best.getLongValue("term") + ", on a majority up to entry "
                + best.getLongValue("committedIndex") + "\n";
    }

    private static String vote(JSONObject row) {
        if (!row.getBooleanValue("isVoter")) {
            return "no";
        }
        return row.getIntValue("priority") == 0 ? "never leads" : "yes";
    }

    private static String number(JSONObject row, String name) {
        long value = row.getLongValue(name, UNKNOWN);
        return value < 0 ? "-" : Long.toString(value);
    }

    /** When the one whose view this is heard of the other. */
    private static String contact(JSONObject row, JSONObject best) {
        if (text(row, "address").equals(text(best, "self"))) {
            return "-";
        }
        long agoMs = row.getLongValue("answeredAgoMs", UNKNOWN);
        if (agoMs < 0) {
            return "never";
        }
        return agoMs < 10_000 ? agoMs + "ms" : agoMs / 1000 + "s";
    }

    private static String notes(JSONObject best, List<JSONObject> rows) {
        StringBuilder notes = new StringBuilder(majority(best, rows));
        List<String> leading = rows.stream()
                .filter(row -> text(row, "role").equals(LEADER))
                .map(row -> text(row, "node"))
                .toList();
        if (leading.size() > 1) {
            notes.append("members ")
                    .append(String.join(" and ", leading))
                    .append(" say that they lead: of the lower term nothing is acknowledged any more\n");
        }
        for (JSONObject row : rows) {
            if (row.containsKey("fault")) {
                notes.append("member " + text(row, "node") + " does not answer: " + text(row, "fault") + "\n");
            } else if (!row.getBooleanValue("answers")) {
                notes.append("member " + text(row, "node") + " was not asked: where clients reach it is not known\n");
            }
            if (row.getLongValue("copyBytes", UNKNOWN) >= 0) {
                notes.append("member " + text(row, "node") + " copies what the leader has: "
                        + RatePace.roughly(row.getLongValue("copiedBytes")) + " of "
                        + RatePace.roughly(row.getLongValue("copyBytes")) + "\n");
            }
        }
        return notes.toString();
    }

    private static String majority(JSONObject best, List<JSONObject> rows) {
        long voters =
                rows.stream().filter(row -> row.getBooleanValue("isVoter")).count();
        long answering = rows.stream()
                .filter(row -> row.getBooleanValue("isVoter") && isThere(row))
                .count();
        long needed = voters / 2 + 1;
        String found = answering + " of " + voters + " voters answer, " + needed + " are needed";
        if (text(best, "leader").isEmpty()) {
            return "nobody leads: " + found + "\n";
        }
        long more = Math.max(0, answering - needed);
        return found + ": " + (more == 0 ? "none" : more) + " may fail\n";
    }

    private static boolean isThere(JSONObject row) {
        return !List.of(SILENT, "failed").contains(text(row, "role"));
    }

    /** The member of that number or address in one view; null when there is none. */
    static @Nullable JSONObject memberOf(JSONObject view, String named) {
        return members(view).stream()
                .filter(one ->
                        text(one, "address").equals(named) || text(one, "node").equals(named))
                .findFirst()
                .orElse(null);
    }

    static int nodeAt(JSONObject view, String address) {
        JSONObject member = memberOf(view, address);
        return member == null ? 0 : member.getIntValue("node");
    }

    private static List<JSONObject> members(JSONObject view) {
        JSONArray all = view.getJSONArray("members");
        return all == null ? List.of() : all.toList(JSONObject.class);
    }

    static String text(JSONObject of, String name) {
        String value = of.getString(name);
        return value == null ? "" : ScheduleOutput.printable(value);
    }
}
