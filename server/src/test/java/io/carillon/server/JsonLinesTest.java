package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
    private final Logger logger = new LoggerContext().getLogger("io.carillon.server.Member");
    private final JsonLines lines = new JsonLines();

    @Test
    void anEventIsOneObjectOnOneLine() {
        String line = line("elected, begins\nto serve \"now\" term={}", null, 7L);

        assertThat(line).endsWith("}\n").doesNotContain("\n{").hasLineCount(1);
        JSONObject fields = JSON.parseObject(line);
        assertThat(fields)
                .containsEntry("time", "2026-11-30T08:09:10.123Z")
                .containsEntry("level", "INFO")
                .containsEntry("thread", Thread.currentThread().getName())
                .containsEntry("logger", "io.carillon.server.Member")
                .containsEntry("message", "elected, begins\nto serve \"now\" term=7")
                .doesNotContainKey("error");
    }

    @Test
    void whatHasAKeyInTheMessageIsAField() {
        JSONObject fields = JSON.parseObject(line(
                "{} at={}:{} node={}, is-voter={} because=\"{}\" (term={})",
                null,
                "a=",
                "h",
                80,
                2,
                true,
                "no =2",
                -7));

        assertThat(fields)
                .containsEntry("at", "h:80")
                .containsEntry("node", 2)
                .containsEntry("is-voter", true)
                .containsEntry("because", "no =2")
                .containsEntry("term", -7)
                .doesNotContainKeys("a", "no");
    }

    @Test
    void noValueTakesThePlaceOfAnEventsOwnField() {
        assertThat(JSON.parseObject(line("level={} time={}", null, 3, "then")))
                .containsEntry("level", "INFO")
                .containsEntry("time", "2026-11-30T08:09:10.123Z");
    }

    @Test
    void anErrorHasItsStackTrace() {
        JSONObject fields = JSON.parseObject(line("no http port at={}", new IllegalStateException("in use"), "here"));

        assertThat(fields.getString("error"))
                .startsWith("java.lang.IllegalStateException: in use")
                .contains("at io.carillon.server.JsonLinesTest");
        assertThat(fields).containsEntry("at", "here");
    }

    private String line(String message, @Nullable Throwable error, @Nullable Object... arguments) {
        LoggingEvent event = new LoggingEvent("", logger, Level.INFO, message, error, arguments);
        event.setInstant(Instant.parse("2026-11-30T08:09:10.123456Z"));
        return new String(lines.encode(event), StandardCharsets.UTF_8);
    }
}
