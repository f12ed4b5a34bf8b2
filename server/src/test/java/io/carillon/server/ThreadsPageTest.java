package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ThreadsPageTest {
    private static final Pattern FIRST_COLUMN = Pattern.compile("(?m)^\\| `([^`]+)` \\|");

    @Test
    void listsExactlyTheThreadsThatTheCodeMakes() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "threads.md"));

        List<String> listed = FIRST_COLUMN
                .matcher(page)
                .results()
                .map((MatchResult row) -> row.group(1))
                .toList();

        assertThat(listed)
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Threads.Kind.values())
                        .map(Threads.Kind::pattern)
                        .toList());
    }
}
