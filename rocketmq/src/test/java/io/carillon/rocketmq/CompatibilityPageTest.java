package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.nameserver.NameServer;
import io.carillon.nameserver.NameServerConfig;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.RequestCode;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What docs/compatibility.md says of request codes is what the code does. */
class CompatibilityPageTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (\\d+) \\| ([A-Z0-9_]+) \\| (\\w+) \\| (.*) \\|$");

    @AutoClose
    private final LiveBroker live = new LiveBroker();

    private final Map<Integer, String> states = new TreeMap<>();
    private final Map<Integer, String> names = new TreeMap<>();

    CompatibilityPageTest() throws IOException {
        ROW.matcher(Files.readString(Path.of("..", "docs", "compatibility.md")))
                .results()
                .forEach(row -> {
                    int code = Integer.parseInt(row.group(1));
                    assertThat(names.put(code, row.group(2)))
                            .as("two rows for %d", code)
                            .isNull();
                    states.put(code, row.group(3));
                });
    }

    private SortedSet<Integer> inState(String state) {
        SortedSet<Integer> codes = new TreeSet<>();
        states.forEach((code, found) -> {
            if (found.equals(state)) {
                codes.add(code);
            }
        });
        return codes;
    }

    private SortedSet<Integer> served() {
        Dispatcher nameServer = new Dispatcher();
        new NameServerFront(new NameServer(NameServerConfig.DEFAULT, Ticker.system(), new Counters()), Runnable::run)
                .register(nameServer);
        SortedSet<Integer> codes = new TreeSet<>(live.codes());
        codes.addAll(nameServer.codes());
        return codes;
    }

    @Test
    void saysThatExactlyThoseCodesWorkThatHaveAHandler() {
        SortedSet<Integer> working = served();
        working.removeAll(RefusedHandler.reasons().keySet());

        assertThat(inState("works")).isEqualTo(working);
        assertThat(inState("refused")).isEqualTo(RefusedHandler.reasons().keySet());
    }

    @Test
    void givesTheReasonOfEachRefusal() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "compatibility.md"));

        RefusedHandler.reasons()
                .forEach((code, reason) -> assertThat(page)
                        .contains("| " + code + " | " + names.get(code) + " | refused | " + reason + " |"));
    }

    @Test
    void namesEachCodeAsTheCodeDoes() throws IllegalAccessException {
        for (Field constant : RequestCode.class.getFields()) {
            assertThat(names).containsEntry(constant.getInt(null), constant.getName());
        }
    }

    @Test
    void knowsNoOtherState() {
        assertThat(new TreeSet<>(states.values())).isSubsetOf("works", "refused", "sent", "unknown");
    }
}
