package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import io.carillon.base.Ticker;
import io.carillon.remoting.Response;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class ScheduleCommandsTest {
    private static final long NOW_MS = Instant.parse("2030-01-31T08:00:00Z").toEpochMilli();
    private static final Ticker CLOCK = new Ticker() {
        @Override
        public long nowMs() {
            return NOW_MS;
        }

        @Override
        public long nanoTime() {
            return 0;
        }
    };

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<ScheduleCall> calls = new ArrayList<>();
    private Response answer = new Response(0, null, Map.of(), new byte[0]);

    private int run(String... words) {
        ScheduleCommands commands = new ScheduleCommands(print(out), print(err), CLOCK, call -> {
            calls.add(call);
            return answer;
        });
        return commands.run(CommandLines.all().parseArgs(words).subcommand());
    }

    /** The whole way, for what never comes to a broker. */
    private int runMain(String... words) {
        return new Main(Map.of(), print(out), print(err)).run(words);
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8).replace("\r", "");
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8).replace("\r", "");
    }

    private static Response answer(int code, String remark, Map<String, String> ext, String json) {
        return new Response(code, remark, ext, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private Map<String, String> fieldsOf(String... words) {
        run(words);
        return calls.getLast().fields();
    }

    @Test
    void asksForAListWithAllThatWasSaid() {
        Map<String, String> fields = fieldsOf(
                "schedule",
                "list",
                "--topic",
                "T",
                "--key",
                "k",
                "--from",
                "-1h",
                "--to=+90m",
                "--max",
                "7",
                "--after",
                "x1.2",
                "--broker",
                "[::1]:1");

        assertThat(fields)
                .containsOnly(
                        Map.entry("topic", "T"),
                        Map.entry("key", "k"),
                        Map.entry("fromMs", Long.toString(NOW_MS - 3_600_000)),
                        Map.entry("toMs", Long.toString(NOW_MS + 5_400_000)),
                        Map.entry("max", "7"),
                        Map.entry("after", "x1.2"));
        assertThat(calls.getLast().broker()).isEqualTo(new HostPort("::1", 1));
    }

    @Test
    void asksTheUsualBrokerWhenNoneIsNamed() {
        assertThat(fieldsOf("schedule", "list")).isEmpty();
        assertThat(calls.getLast().broker()).isEqualTo(new HostPort("127.0.0.1", 10911));
    }

    @Test
    void namesAMessageByItsIdOrByTopicAndKey() {
        assertThat(fieldsOf("schedule", "cancel", "486111-7")).containsExactly(Map.entry("id", "486111-7"));
        assertThat(fieldsOf("schedule", "show", "--topic", "T", "--key", "k"))
                .containsOnly(Map.entry("topic", "T"), Map.entry("key", "k"));
        assertThat(fieldsOf("schedule", "fire-now", "1-2")).containsEntry("id", "1-2");
        assertThat(calls.getLast().command()).isEqualTo(ScheduleCommand.FIRE_NOW);
    }

    @Test
    void saysWhenAMessageIsToBeDueInEitherWay() {
        String dueMs = Long.toString(NOW_MS + 60_000);

        assertThat(fieldsOf("schedule", "reschedule", "1-2", "--in", "1m")).containsEntry("dueMs", dueMs);
        assertThat(fieldsOf("schedule", "reschedule", "1-2", "--to", "2030-01-31T08:01"))
                .containsEntry("dueMs", dueMs);
        assertThat(fieldsOf("schedule", "reschedule", "1-2", "--to", "2030-01-31T09:01", "--zone", "+01:00"))
                .containsEntry("dueMs", dueMs);
    }

    @Test
    void namesTheTopicToPauseOrResume() {
        assertThat(fieldsOf("schedule", "pause", "T")).containsExactly(Map.entry("topic", "T"));
        assertThat(fieldsOf("schedule", "resume", "T")).containsExactly(Map.entry("topic", "T"));
    }

    @ParameterizedTest
    @CsvSource({"minute, 60000", "hour, 3600000", "day, 86400000"})
    void countsByUnitsOfTime(String unit, String spanMs) {
        assertThat(fieldsOf("schedule", "histogram", "--by", unit)).containsEntry("spanMs", spanMs);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "schedule|Usage: carillon schedule",
                "schedule lits|did you mean 'list'",
                "schedule list --tpoic T|did you mean '--topic'",
                "schedule list extra|unexpected argument 'extra'",
                "schedule list --max 0|from 1 to 1000",
                "schedule list --from soon|not a time: 'soon'",
                "schedule list --zone Mars|not a time zone",
                "schedule list --broker nowhere|not a host:port",
                "schedule show|which message?",
                "schedule show --topic T|which message?",
                "schedule show 1-2 --topic T|leave --topic and --key out",
                "schedule cancel 12|looks like",
                "schedule reschedule 1-2|--to TIME or --in DURATION",
                "schedule reschedule 1-2 --in 5|not a length of time",
                "schedule reschedule 1-2 --in 5m --to now|use one of them",
                "schedule histogram --by week|minute, hour or day",
                "schedule pause|which topic?"
            })
    void saysWhatItExpected(String words, String expected) {
        assertThat(runMain(words.split(" "))).isEqualTo(ExitCode.USAGE);

        assertThat(err()).contains(expected);
        assertThat(out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "list", "show", "cancel", "reschedule", "fire-now", "histogram", "pause", "resume", "stats"})
    void hasHelpForEveryCommand(String word) {
        assertThat(runMain(("schedule " + word + " --help").split(" +"))).isEqualTo(ExitCode.OK);

        assertThat(out()).startsWith("Usage: carillon schedule" + (word.isEmpty() ? "" : " " + word));
        assertThat(err()).isEmpty();
    }

    @Test
    void listsTheExitCodesInTheHelp() {
        CommandLine all = CommandLines.all();

        assertThat(all.getUsageMessage()).containsPattern("5 +the broker answered, and did not do it");
        assertThat(all.getUsageMessage()).containsPattern("6 +no broker answers");
    }

    @Test
    void printsAListInColumns() {
        answer = answer(
                0,
                null,
                Map.of(),
                "{'hasMore':true,'after':'x1.2','messages':[{'id':'526808-0','state':'waiting','topic':'Orders','dueMs':"
                        + (NOW_MS + 5_400_000) + ",'bodyBytes':5,'uniqueId':'U1','keys':'a b'},"
                        + "{'id':'526809-11','state':'paused','topic':'T','dueMs':" + (NOW_MS - 5000)
                        + ",'bodyBytes':12345,'uniqueId':'U2'}]}");

        assertThat(run("schedule", "list")).isEqualTo(ExitCode.OK);

        assertThat(out()).isEqualTo("""
                        ID         DUE                                 STATE    BYTES  TOPIC   KEY
                        526808-0   2030-01-31T09:30:00.000Z  in 1h30m  waiting  5      Orders  a b
                        526809-11  2030-01-31T07:59:55.000Z  5s ago    paused   12345  T       U2
                        more wait: go on with --after x1.2, or raise --max
                        """);
    }

    @Test
    void showsTheBodyOfAMessageAndAsksForMoreOfItWhenToldTo() {
        answer = answer(
                0, null, Map.of(), "{'id':'526808-0','properties':{'a':'b'},'body':'aGVsbG8=','bodyIsCut':true}");

        assertThat(fieldsOf("schedule", "show", "526808-0")).doesNotContainKey("bodyMax");

        assertThat(out()).endsWith("body\nhello\n... (--body shows more, --json has the bytes)\n");
        assertThat(fieldsOf("schedule", "show", "526808-0", "--body")).containsEntry("bodyMax", "1048576");
    }

    @Test
    void saysThatNothingWaits() {
        answer = answer(0, null, Map.of(), "{'messages':[],'hasMore':false}");
        assertThat(run("schedule", "list")).isEqualTo(ExitCode.OK);
        assertThat(out()).isEqualTo("nothing like this waits\n");
    }

    @Test
    void printsOneMessageAndCannotBeFooledByItsProperties() {
        answer = answer(
                0,
                null,
                Map.of(),
                "{'id':'1-2','state':'waiting','topic':'T','queue':3,'dueMs':" + (NOW_MS + 1000) + ",'storedMs':"
                        + NOW_MS + ",'bodyBytes':5,'properties':{'KEYS':'k','evil':'\\u001b[2J\\nid  9-9'}}");

        assertThat(run("schedule", "show", "1-2")).isEqualTo(ExitCode.OK);

        assertThat(out()).isEqualTo("""
                        id      1-2
                        state   waiting
                        topic   T, queue 3
                        due     2030-01-31T08:00:01.000Z (in 1s)
                        stored  2030-01-31T08:00:00.000Z (in 0ms)
                        body    5 bytes
                        properties
                          KEYS  k
                          evil  ?[2J?id  9-9
                        """);
    }

    @Test
    void printsAHistogramWithBars() {
        answer = answer(
                0,
                null,
                Map.of(),
                "{'spanMs':3600000,'hasMore':false,'spans':[{'fromMs':" + NOW_MS + ",'count':80},{'fromMs':"
                        + (NOW_MS + 3_600_000) + ",'count':1},{'fromMs':" + (NOW_MS + 7_200_000) + ",'count':20}]}");

        assertThat(run("schedule", "histogram")).isEqualTo(ExitCode.OK);

        assertThat(out()).isEqualTo("""
                        FROM                      MESSAGES
                        2030-01-31T08:00:00.000Z  80        ########################################
                        2030-01-31T09:00:00.000Z  1         #
                        2030-01-31T10:00:00.000Z  20        ##########
                        """);
    }

    @Test
    void printsTheFigures() {
        answer = answer(
                0,
                null,
                Map.of(),
                "{'messages':2,'bytes':300,'firstDueMs':" + (NOW_MS - 60_000) + ",'lastDueMs':" + (NOW_MS + 60_000)
                        + ",'overdueMs':60000,'paused':['A','B'],'latenessBoundsMs':[0,1,2],"
                        + "'lateness':{'T':[50,48,1,1]},'counters':{'schedule_left_messages':100}}");

        assertThat(run("schedule", "stats")).isEqualTo(ExitCode.OK);

        assertThat(out()).isEqualTo("""
                        waiting    2 messages, 300 bytes
                        first due  2030-01-31T07:59:00.000Z (1m ago)
                        last due   2030-01-31T08:01:00.000Z (in 1m)
                        overdue    since 1m
                        paused     A B

                        LATE BY AT MOST  DELIVERED  HALF  99%  99.9%  ALL
                        T                100        0ms   2ms  more   more

                        schedule_left_messages  100
                        """);
    }

    @Test
    void endsWithItsOwnCodeWhenTheBrokerSaysNo() {
        answer = answer(604, "message 1-2 left before", Map.of("outcome", "LEFT"), "");

        assertThat(run("schedule", "cancel", "1-2")).isEqualTo(ExitCode.REFUSED);

        assertThat(err()).isEqualTo("carillon: message 1-2 left before\n");
        assertThat(out()).isEmpty();
    }

    @Test
    void showsWhichMessagesANameMayMean() {
        answer = answer(
                604,
                "several wait",
                Map.of("outcome", "AMBIGUOUS"),
                "{'messages':[{'id':'1-2','dueMs':1},{'id':'1-3','dueMs':2}]}");

        assertThat(run("schedule", "cancel", "--topic", "T", "--key", "k")).isEqualTo(ExitCode.REFUSED);

        assertThat(err()).contains("several wait").contains("1-2").contains("1-3");
    }

    @Test
    void explainsAServerThatDoesNotKnowTheRequest() {
        answer = answer(3, " request type 9501 not supported", Map.of(), "");

        assertThat(run("schedule", "list")).isEqualTo(ExitCode.REFUSED);

        assertThat(err()).contains("127.0.0.1:10911").contains("name server, an older version, or another make");
    }

    @Test
    void printsJsonForPrograms() {
        answer = answer(604, "left", Map.of("outcome", "LEFT"), "");
        assertThat(run("schedule", "cancel", "1-2", "--json")).isEqualTo(ExitCode.REFUSED);
        assertThat(JSON.parseObject(out())).isEqualTo(JSONObject.of("code", 604, "outcome", "LEFT", "remark", "left"));
        assertThat(err()).isEmpty();

        out.reset();
        answer = answer(0, null, Map.of("hasMore", "false"), "{'messages':[],'hasMore':false}");
        assertThat(run("schedule", "list", "--json")).isEqualTo(ExitCode.OK);
        assertThat(JSON.parseObject(out()))
                .containsOnlyKeys("messages", "hasMore")
                .containsEntry("hasMore", false);
    }

    @Test
    void endsWithItsOwnCodeWhenNobodyAnswers() {
        assertThat(runMain("schedule", "stats", "--broker", "127.0.0.1:1")).isEqualTo(ExitCode.NO_BROKER);

        assertThat(err()).contains("no broker answers at 127.0.0.1:1");
        assertThat(out()).isEmpty();
    }
}
