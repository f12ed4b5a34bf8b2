package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.base.Secret;
import io.carillon.remoting.Response;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccessCommandsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<AccessCall> calls = new ArrayList<>();
    private Response answer = new Response(0, null, Map.of(), new byte[0]);

    private int run(String... words) {
        AccessCommands commands = new AccessCommands(
                print(out),
                print(err),
                Map.of("CARILLON_USER", "admin", "CARILLON_SECRET", "s"),
                () -> Secret.of("made-up"),
                call -> {
                    calls.add(call);
                    return answer;
                });
        return commands.run(CommandLines.all().parseArgs(words).subcommand());
    }

    private int runMain(String... words) {
        return new Main(Map.of(), print(out), print(err)).run(words);
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private JSONObject body() {
        return JSON.parseObject(calls.getLast().content().body());
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void asksForAUserWithASecretThatItMadeUpAndShowsIt() {
        assertThat(run("user", "create", "shop", "--super")).isZero();

        assertThat(calls.getLast().command().code()).isEqualTo(3001);
        assertThat(calls.getLast().fields()).containsEntry("username", "shop");
        assertThat(body()).containsEntry("userType", "Super").containsEntry("password", "made-up");
        assertThat(out()).contains("made-up");
        assertThat(calls.getLast().toString()).doesNotContain("made-up secret");
    }

    @Test
    void doesNotShowASecretThatTheBrokerDidNotTake() {
        answer = new Response(16, "The user is existed", Map.of(), new byte[0]);

        assertThat(run("user", "create", "shop")).isEqualTo(ExitCode.REFUSED);
        assertThat(run("user", "create", "shop", "--json")).isEqualTo(ExitCode.REFUSED);

        assertThat(out() + err()).doesNotContain("made-up").contains("The user is existed");
    }

    @Test
    void changesOnlyWhatWasSaid() {
        run("user", "update", "shop", "--disable");

        assertThat(body()).containsOnlyKeys("username", "userStatus").containsEntry("userStatus", "disable");
    }

    @Test
    void writesPoliciesAsTheProtocolHasThem() {
        run(
                "acl",
                "deny",
                "shop",
                "--resource",
                "Topic:a*, Group:g",
                "--actions",
                "Pub,Sub",
                "--from",
                "10.0.0.0/8",
                "--default");

        JSONObject policy = body().getJSONArray("policies").getJSONObject(0);
        assertThat(policy).containsEntry("policyType", "Default");
        assertThat(policy.getJSONArray("entries")).hasSize(2);
        JSONObject entry = policy.getJSONArray("entries").getJSONObject(1);
        assertThat(entry).containsEntry("resource", "Group:g").containsEntry("decision", "Deny");
        assertThat(entry.getJSONArray("actions").toList(String.class)).containsExactly("Pub", "Sub");
        assertThat(entry.getJSONArray("sourceIps").toList(String.class)).containsExactly("10.0.0.0/8");
    }

    @Test
    void showsUsersAndPoliciesAsTables() {
        answer = new Response(0, null, Map.of(), """
                [{"username":"shop","userType":"Normal","userStatus":"enable"}]""".getBytes(StandardCharsets.UTF_8));
        run("user", "list");
        answer = new Response(0, null, Map.of(), """
                [{"subject":"User:shop","policies":[{"policyType":"Custom","entries":[{"resource":"Topic:t",
                "actions":["Pub"],"sourceIps":[],"decision":"Allow"}]}]}]""".getBytes(StandardCharsets.UTF_8));
        run("acl", "list");

        assertThat(out())
                .containsPattern("shop +Normal +enable")
                .containsPattern("User:shop +Custom +Topic:t +Pub +any +Allow");
    }

    @Test
    void saysWhatIsMissing() {
        assertThat(runMain("user", "create")).isEqualTo(ExitCode.USAGE);
        assertThat(err()).contains("which user?");
        assertThat(runMain("user", "update", "shop")).isEqualTo(ExitCode.USAGE);
        assertThat(err()).contains("what is to change?");
        assertThat(runMain("user", "update", "shop", "--enable", "--disable")).isEqualTo(ExitCode.USAGE);
        assertThat(err()).contains("contradict");
        assertThat(runMain("acl", "allow", "shop", "--actions", "Pub")).isEqualTo(ExitCode.USAGE);
        assertThat(err()).contains("--resource");
        assertThat(runMain("user", "list", "--user", "admin")).isEqualTo(ExitCode.USAGE);
        assertThat(err()).contains("CARILLON_SECRET");
    }
}
