package io.carillon.server;

import io.carillon.base.ByteSize;
import io.carillon.base.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Writes {@code docs/configuration.md} from the configuration records and what their javadoc says of each component. */
final class ConfigurationPage {
    static final Path FILE = Path.of("..", "docs", "configuration.md");

    private static final String HEAD = """
            # Configuration

            <!-- Made from the configuration records by './carillon docs'; change their javadoc, not this page. -->

            Every setting has a key. It is looked for in this order, and the last one that says something holds:

            1. the default below,
            2. a file of `key=value` lines, `#` for remarks, named by `--config FILE` or `CARILLON_CONFIG`,
            3. what was changed while the server ran, see below,
            4. the environment: `log.segment-size` is `CARILLON_LOG_SEGMENT_SIZE`,
            5. the command line: `--set log.segment-size=1GiB`, or the setting's own flag.

            A key that does not exist stops the start, and the message names the nearest one that does.
            `./carillon config` with the same flags shows every value and where it came from.

            Durations are written `500ms`, `30s`, `10m`, `72h`, `3d`; sizes `512KiB`, `64MiB`, `1GiB` (powers of 1024).

            ## At run time

            Where the column *changeable at run time* says something, a setting of a running server can be changed within
            the range that stands there, by `carillon settings` or by `mqadmin updateBrokerConfig` and, for `nameserver.`,
            `mqadmin updateNamesrvConfig`:

            ```sh
            ./carillon settings list
            ./carillon settings set log.keep-for=48h log.disk-use-max=80    # all of it or nothing
            ./carillon settings set nameserver.acting-master=true --nameserver 127.0.0.1:9876
            mqadmin updateBrokerConfig -n 127.0.0.1:9876 -b 127.0.0.1:10911 -k log.keep-for -v 48h
            mqadmin updateBrokerConfig -n 127.0.0.1:9876 -b 127.0.0.1:10911 -k fileReservedTime -v 48   # the same
            ```

            It holds at once and after a restart: `broker.settings` and `nameserver.settings` in the data folder keep what was
            changed, over a file of your own and under the environment and the flags. So a setting that one of these two gives
            is refused, since the change would not last. To undo a change for good, stop the server and take its line out of
            the file. Apache's names that are understood stand in [compatibility.md](compatibility.md#settings-over-the-wire);
            every change is logged with who made it.

            ## How it is started

            How Java itself is started stands in `server/src/main/dist/jvm.options`; `CARILLON_JAVA_OPTS` adds to it.
            """;

    private ConfigurationPage() {}

    static String text() throws IOException {
        Map<Class<?>, StringBuilder> sections = new LinkedHashMap<>();
        for (Setting setting : Settings.of(ServerConfig.DEFAULT).all()) {
            Class<?> section = setting.component().getDeclaringRecord();
            sections.computeIfAbsent(section, _ -> new StringBuilder(title(setting)))
                    .append(row(setting, section));
        }
        return HEAD + String.join("", sections.values());
    }

    private static String title(Setting first) {
        int dot = first.key().indexOf('.');
        String name = dot < 0 ? "The process" : "`" + first.key().substring(0, dot) + ".`";
        return "\n## " + name + "\n\n| key | value | default | changeable at run time | flag | meaning |\n"
                + "| --- | --- | --- | --- | --- | --- |\n";
    }

    private static String row(Setting setting, Class<?> section) throws IOException {
        String shown = SettingText.show(setting.value());
        return "| `" + setting.key() + "` | " + kind(setting) + " | " + (shown.isEmpty() ? "" : "`" + shown + "`")
                + " | " + changeable(setting) + " | " + flag(setting) + " | "
                + meaning(section, setting.component().getName()) + " |\n";
    }

    private static String changeable(Setting setting) {
        Changeable changeable = Changeable.of(setting.key());
        if (changeable == null) {
            return "";
        }
        return changeable.range().isEmpty() ? "yes" : changeable.range();
    }

    private static String flag(Setting setting) {
        return Stream.of(Flag.values())
                .filter(flag -> flag.key().equals(setting.key()))
                .map(flag -> "`" + flag.flag() + "`")
                .findFirst()
                .orElse("");
    }

    private static String kind(Setting setting) {
        Class<?> type = setting.component().getType();
        if (type.isEnum()) {
            return SettingText.choices(type);
        }
        if (type == Duration.class) {
            return "duration";
        }
        if (type == ByteSize.class) {
            return "size";
        }
        if (type == List.class) {
            return "list of host:port";
        }
        if (type == boolean.class) {
            return "true, false";
        }
        if (type == int.class || type == long.class) {
            return "number";
        }
        if (type == Secret.class) {
            return "secret";
        }
        if (type == Path.class) {
            return setting.key().equals("data") ? "folder" : "file";
        }
        return "text";
    }

    private static String meaning(Class<?> section, String component) throws IOException {
        String source = Files.readString(source(section));
        Matcher param = Pattern.compile("@param " + component + "\\s+(.*?)(?=\\n \\* @|\\n \\*/)", Pattern.DOTALL)
                .matcher(source);
        if (!param.find()) {
            throw new IllegalStateException(section.getName() + " has no javadoc for its component " + component);
        }
        return param.group(1).replaceAll("\\n \\*\\s*", " ").replaceAll("\\{@code ([^}]*)}", "`$1`");
    }

    private static Path source(Class<?> section) throws IOException {
        Path inModule = Path.of("src", "main", "java").resolve(section.getName().replace('.', '/') + ".java");
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            return modules.map(module -> module.resolve(inModule))
                    .filter(Files::exists)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no source of " + section.getName()));
        }
    }
}
