package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONArray;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.testkit.ManualTicker;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

class ClusterCommandsTest {
    private static final byte[] NOTHING = {};

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final ManualTicker ticker = new ManualTicker(1_000);
    private final List<String> calls = new ArrayList<>();
    private final Map<String, BiFunction<Integer, Reply, Response>> brokers = new HashMap<>();
    private boolean isClosed;

    private final class Fake implements BrokerCalls {
        @Override
        public CompletableFuture<Response> ask(HostPort broker, int code, Reply content) {
            Map<String, String> fields = new HashMap<>(content.ext());
            fields.remove("askedMs");
            calls.add(broker + " " + code + (fields.isEmpty() ? "" : " " + new java.util.TreeMap<>(fields)));
            BiFunction<Integer, Reply, Response> answers = brokers.get(broker.toString());
            return answers == null
                    ? CompletableFuture.failedFuture(new NoAnswer("no broker answers at " + broker + ": refused", null))
                    : CompletableFuture.completedFuture(answers.apply(code, content));
        }

        @Override
        public void close() {
            isClosed = true;
        }
    }

    private int run(String... words) {
        ClusterCommands commands = new ClusterCommands(
                print(out),
                print(err),
                Map.of(),
                ticker,
                ns -> ticker.advance(java.time.Duration.ofNanos(ns)),
                _ -> new Fake());
        return commands.run(CommandLines.all().parseArgs(words).subcommand());
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private static Response answer(int code, @Nullable String remark, Map<String, String> ext) {
        return new Response(code, remark, ext, NOTHING);
    }

    private static JSONObject member(int node, String role, boolean isVoter, long last) {
        JSONObject member = new JSONObject();
        member.put("node", node);
        member.put("address", "h" + node + ":21");
        member.put("clients", "h" + node + ":11");
        member.put("isVoter", isVoter);
        member.put("priority", -1);
        member.put("role", role);
        member.put("term", 5);
        member.put("lastIndex", last);
        member.put("appliedIndex", last);
        member.put("answeredAgoMs", 12);
        member.put("copiedBytes", -1);
        member.put("copyBytes", -1);
        return member;
    }

    private static JSONObject view(int self, String role, long term, int leader, JSONObject... members) {
        JSONObject view = new JSONObject();
        view.put("group", "g");
        view.put("self", "h" + self + ":21");
        view.put("role", role);
        view.put("term", term);
        view.put("leader", leader == 0 ? "" : "h" + leader + ":21");
        view.put("firstIndex", 1);
        view.put("committedIndex", 99);
        view.put("members", JSONArray.of((Object[]) members));
        return view;
    }

    private void says(int node, JSONObject view) {
        brokers.put(
                "h" + node + ":11",
                (_, _) -> new Response(0, null, Map.of(), view.toString().getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void asksEveryMemberAndShowsWhatEachSaysOfItself() {
        says(2, view(2, "follower", 5, 1, member(1, "leader", true, 80), member(2, "follower", true, 90)));
        says(
                1,
                view(
                        1,
                        "leader",
                        5,
                        1,
                        member(1, "leader", true, 100),
                        member(2, "follower", true, 85),
                        member(3, "silent", true, 70),
                        member(4, "learner", false, 60)));
        JSONObject copying = member(4, "learner", false, 60);
        copying.put("copiedBytes", 1 << 20);
        copying.put("copyBytes", 4 << 20);
        says(4, view(4, "learner", 5, 1, copying));

        assertThat(run("cluster", "status", "--broker", "h2:11")).isZero();

        assertThat(out)
                .asString()
                .contains("group g, term 5, on a majority up to entry 99\n")
                .containsPattern("1 +leader +yes +5 +100 +100 +0 +- +h1:11 +h1:21\n")
                .containsPattern("2 +follower +yes +5 +90 +90 +10 +12ms +h2:11 +h2:21\n")
                .containsPattern("3 +silent +yes +5 +70 +70 +30 +12ms +h3:11 +h3:21\n")
                .containsPattern("4 +learner +no +5 +60 +60 +40 +12ms +h4:11 +h4:21\n")
                .contains("2 of 3 voters answer, 2 are needed: none may fail\n")
                .contains("member 3 does not answer: no broker answers at h3:11: refused\n");
        assertThat(calls).containsExactlyInAnyOrder("h2:11 9531", "h1:11 9531", "h3:11 9531", "h4:11 9531");
        assertThat(isClosed).isTrue();
    }

    @Test
    void tellsProgramsTheSame() {
        says(1, view(1, "leader", 7, 1, member(1, "leader", true, 100), member(2, "follower", true, 95)));

        assertThat(run("cluster", "status", "--broker", "h1:11", "--json")).isZero();

        JSONObject all = JSON.parseObject(out.toString(StandardCharsets.UTF_8));
        assertThat(all)
                .containsEntry("group", "g")
                .containsEntry("term", 7)
                .containsEntry("leader", "h1:21")
                .containsEntry("leaderNode", 1);
        JSONObject silent = all.getJSONArray("members").getJSONObject(1);
        assertThat(silent)
                .containsEntry("lag", 5)
                .containsEntry("answers", false)
                .containsKey("fault");
    }

    @Test
    void saysThatNobodyLeadsAndWhenTwoSayThatTheyDo() {
        says(1, view(1, "candidate", 5, 0, member(1, "candidate", true, 9), member(2, "silent", true, 8)));
        assertThat(run("cluster", "status", "--broker", "h1:11")).isZero();
        assertThat(out).asString().contains("nobody leads: 1 of 2 voters answer, 2 are needed\n");

        says(1, view(1, "leader", 5, 1, member(1, "leader", true, 9), member(2, "leader", true, 8)));
        says(2, view(2, "leader", 6, 2, member(1, "leader", true, 9), member(2, "leader", true, 10)));
        run("cluster", "status", "--broker", "h1:11");
        assertThat(out)
                .asString()
                .contains("group g, term 6,")
                .contains("members 1 and 2 say that they lead: of the lower term");
    }

    @Test
    void saysOfOneThatWaitsWhatItWaitsFor() {
        says(4, view(4, "waiting", 0, 0));

        assertThat(run("cluster", "status", "--broker", "h4:11")).isZero();

        assertThat(out).asString().contains("waits to be taken into a group").contains("h4:21");
    }

    @Test
    void endsWithoutAnAnswerFromTheOneThatWasNamed() {
        assertThat(run("cluster", "status", "--broker", "nobody:1")).isEqualTo(ExitCode.NO_BROKER);
        assertThat(err).asString().contains("no broker answers at nobody:1");
        brokers.put("n:1", (_, _) -> answer(3, " request type 9531 not supported", Map.of()));
        assertThat(run("cluster", "status", "--broker", "n:1")).isEqualTo(ExitCode.REFUSED);
        assertThat(err).asString().contains("the server at n:1 knows no such request");
    }

    @Test
    void goesToTheOneThatLeads() {
        brokers.put("h1:11", (_, _) -> answer(14, "ask that one", Map.of("leader", "h2:11")));
        brokers.put("h2:11", (_, _) -> answer(0, "member 3 is in the group no more", Map.of("outcome", "done")));

        assertThat(run("cluster", "remove", "3", "--broker", "h1:11")).isZero();

        assertThat(calls).containsExactly("h1:11 9534 {member=3}", "h2:11 9534 {member=3}");
        assertThat(out).asString().isEqualTo("member 3 is in the group no more\n");
    }

    @Test
    void asksWhoseLossIsAcceptedItself() {
        brokers.put("h2:11", (_, _) -> answer(0, "member 2 votes with what it has", Map.of("outcome", "done")));

        assertThat(run("cluster", "accept-loss", "2", "--broker", "h2:11")).isZero();

        assertThat(calls).containsExactly("h2:11 9537 {member=2}");
        assertThat(out).asString().isEqualTo("member 2 votes with what it has\n");
    }

    @Test
    void isNotSentOnForEver() {
        brokers.put("h1:11", (_, _) -> answer(14, "ask 2", Map.of("leader", "h2:11")));
        brokers.put("h2:11", (_, _) -> answer(14, "ask 1", Map.of("leader", "h1:11")));

        assertThat(run("cluster", "promote", "3", "--broker", "h1:11")).isEqualTo(ExitCode.REFUSED);

        assertThat(calls).hasSize(4);
        assertThat(err).asString().isEqualTo("carillon: ask 1\n");
    }

    @Test
    void saysWhyItWasRefused() {
        brokers.put("h1:11", (_, _) -> answer(604, "no majority", Map.of("outcome", "refused", "reason", "unsafe")));

        assertThat(run("cluster", "replace", "2", "4", "--broker", "h1:11")).isEqualTo(ExitCode.REFUSED);
        assertThat(err).asString().isEqualTo("carillon: no majority\n");
        assertThat(calls).containsExactly("h1:11 9535 {by=4, member=2}");

        assertThat(run("cluster", "remove", "2", "--broker", "h1:11", "--json")).isEqualTo(ExitCode.REFUSED);
        assertThat(JSON.parseObject(out.toString(StandardCharsets.UTF_8)))
                .containsEntry("code", 604)
                .containsEntry("remark", "no majority")
                .containsEntry("reason", "unsafe");
    }

    /** A leader that hands over to member 2, which leads when it was looked at so often. */
    private void handsOver(int looks) {
        List<Integer> seen = new ArrayList<>();
        brokers.put("h1:11", (code, _) -> {
            if (code == RequestCode.CLUSTER_TRANSFER) {
                return answer(0, "the leadership goes to h2:21", Map.of("outcome", "begun"));
            }
            seen.add(code);
            JSONObject view = seen.size() > looks
                    ? view(1, "follower", 6, 2, member(1, "follower", true, 9), member(2, "leader", true, 9))
                    : view(1, "handing-over", 5, 1, member(1, "leader", true, 9), member(2, "follower", true, 9));
            return new Response(0, null, Map.of(), view.toString().getBytes(StandardCharsets.UTF_8));
        });
    }

    @Test
    void watchesUntilTheLeadershipHasArrived() {
        handsOver(3);

        assertThat(run("cluster", "transfer", "2", "--broker", "h1:11")).isZero();

        assertThat(out).asString().isEqualTo("member 2 (h2:21) leads, after 150 ms\n");
    }

    @Test
    void saysWhenTheLeadershipDidNotArrive() {
        handsOver(1_000);

        assertThat(run("cluster", "transfer", "2", "--broker", "h1:11", "--wait", "1s"))
                .isEqualTo(ExitCode.REFUSED);
        assertThat(err).asString().contains("did not arrive within 1000 ms: h1:21 leads");

        assertThat(run("cluster", "transfer", "2", "--broker", "h1:11", "--wait", "0s"))
                .isZero();
        assertThat(out).asString().isEqualTo("the leadership goes to h2:21\n");
    }

    @Test
    void watchesUntilANewMemberHasItsVote() {
        brokers.put("h1:11", (code, _) -> {
            if (code == RequestCode.CLUSTER_ADD) {
                return answer(0, "h4:21 gets a copy", Map.of("outcome", "begun"));
            }
            boolean isVoter = calls.size() > 4;
            JSONObject view = view(1, "leader", 5, 1, member(1, "leader", true, 9), member(4, "learner", isVoter, 9));
            return new Response(0, null, Map.of(), view.toString().getBytes(StandardCharsets.UTF_8));
        });

        assertThat(run("cluster", "add", "4=h4:21", "--broker", "h1:11")).isZero();

        assertThat(calls.getFirst()).isEqualTo("h1:11 9533 {address=h4:21, learner=false, node=4}");
        assertThat(out).asString().isEqualTo("member 4 (h4:21) has a vote, after 150 ms\n");
    }

    @Test
    void makesNoTwoOrdersLookAlike() {
        List<String> times = new ArrayList<>();
        brokers.put("h1:11", (_, content) -> {
            times.add(content.ext().get("askedMs"));
            return answer(0, "done", Map.of("outcome", "done"));
        });

        run("cluster", "remove", "2", "--broker", "h1:11");
        ticker.advance(java.time.Duration.ofMillis(1));
        run("cluster", "remove", "2", "--broker", "h1:11");

        assertThat(times).doesNotContainNull().doesNotHaveDuplicates();
    }

    @Test
    void saysWhatIsWrongWithTheCommandLine() {
        assertThatThrownBy(() -> run("cluster", "add", "4"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("write for example 1=127.0.0.1:10921");
        assertThatThrownBy(() -> run("cluster", "transfer")).hasMessageContaining("'carillon cluster transfer 2'");
        assertThatThrownBy(() -> run("cluster", "replace", "2")).hasMessageContaining("replace wants MEMBER LEARNER");
        assertThatThrownBy(() -> run("cluster", "transfer", "2", "--wait", "soon"))
                .hasMessageContaining("not a length of time");
        assertThatThrownBy(() -> run("cluster", "status", "--broker", "nowhere"))
                .isInstanceOf(ParameterException.class);
        assertThat(calls).isEmpty();
    }
}
