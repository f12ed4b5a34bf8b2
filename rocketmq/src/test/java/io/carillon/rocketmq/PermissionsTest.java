package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.nameserver.NameServer;
import io.carillon.nameserver.NameServerConfig;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.RequestCode;
import io.carillon.testkit.ManualTicker;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PermissionsTest {
    private static final Path PAGE = Path.of("..", "docs", "security.md");
    private static final String BEGIN = "<!-- codes: made from the code, see PermissionsTest -->\n";
    private static final String END = "<!-- end of codes -->\n";

    /** Whom only servers call, and clients answer. */
    private static final List<String> OF_CLIENTS = List.of(
            "NOTIFY_CONSUMER_IDS_CHANGED",
            "GET_CONSUMER_STATUS_FROM_CLIENT",
            "CHECK_TRANSACTION_STATE",
            "RESET_CONSUMER_CLIENT_OFFSET",
            "PUSH_REPLY_MESSAGE_TO_CLIENT",
            "NOTIFY_UNSUBSCRIBE_LITE");

    private final Permissions permissions = Permissions.table();

    @Test
    void everyCodeThatIsAnsweredHasAPermission() throws Exception {
        SortedSet<Integer> codes = new TreeSet<>();
        try (LiveBroker live = new LiveBroker()) {
            codes.addAll(live.dispatcher.codes());
        }
        Dispatcher names = new Dispatcher();
        NameServer nameServer = new NameServer(NameServerConfig.DEFAULT, new ManualTicker(), new Counters());
        new NameServerFront(nameServer, Runnable::run, new Counters()).register(names);
        codes.addAll(names.codes());

        assertThat(codes).hasSizeGreaterThan(60);
        codes.removeIf(code -> permissions.of(code) != null);
        assertThat(codes).as("codes that have a handler and no permission").isEmpty();
    }

    @Test
    void everyCodeThatHasANameHasAPermissionOfThatName() throws IllegalAccessException {
        for (Field field : RequestCode.class.getFields()) {
            if (Modifier.isStatic(field.getModifiers()) && !OF_CLIENTS.contains(field.getName())) {
                Permission permission = permissions.of(field.getInt(null));
                assertThat(permission).as(field.getName()).isNotNull();
                assertThat(permission.name()).isEqualTo(field.getName());
            }
        }
    }

    @Test
    void everythingThatChangesUsersOrSettingsIsAnOrder() {
        for (int code : new int[] {17, 25, 200, 215, 3001, 3002, 3003, 3006, 3007, 3008, 9503}) {
            assertThat(permissions.of(code)).isNotNull().matches(Permission::isOrder, "is an order");
        }
        for (int code : new int[] {10, 310, 11, 34, 15, 3004, 3010, 105}) {
            assertThat(permissions.of(code)).isNotNull().matches(one -> !one.isOrder(), "is none");
        }
    }

    @Test
    void thePageHasTheTableThatIsInForce() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN);
        int end = page.indexOf(END);
        assertThat(begin).isPositive();
        assertThat(end).isGreaterThan(begin);
        String wanted = page.substring(0, begin + BEGIN.length()) + table() + page.substring(end);
        if ("write".equals(System.getProperty("carillon.docs"))) {
            Files.writeString(PAGE, wanted);
        }

        assertThat(Files.readString(PAGE))
                .as("docs/security.md is stale; './carillon docs' writes its table anew")
                .isEqualTo(wanted);
    }

    private String table() {
        String rows = permissions.all().stream()
                .map(one -> "| " + one.code() + " | `" + one.name() + "` | " + one.says()
                        + (one.isOrder() ? " | order |" : " | |"))
                .collect(Collectors.joining("\n", "", "\n"));
        return "| code | name | what it takes | |\n| --- | --- | --- | --- |\n" + rows;
    }

    @Test
    void aRetryTopicIsOfItsGroupAloneWhateverNamesAreAlike() {
        assertThat(Rights.of("a", "%RETRY%a", Rights.SUB)).hasSize(1);
        assertThat(Rights.of("a", "%RETRY%a_b", Rights.SUB)).contains(Wanted.group("a_b", Rights.SUB));
        assertThat(Rights.of("a", "%DLQ%b", Rights.SUB)).contains(Wanted.group("b", Rights.SUB));
        assertThat(Rights.popped("a", "%RETRY%a_b"))
                .contains(Wanted.topic("b", Rights.SUB), Wanted.group("a", Rights.SUB));
        assertThat(Rights.popped("a", "%RETRY%a+b")).contains(Wanted.topic("b", Rights.SUB));
        assertThat(Rights.popped("a", "%RETRY%b")).contains(Wanted.group("b", Rights.SUB));
        assertThat(Arrays.asList("%RETRY%a", "%DLQ%a")).allMatch(topic -> Wanted.isOf(topic, "a"));
    }
}
