package io.carillon.rocketmq;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes the tables of {@code docs/compatibility.md}; what stands around them is written by hand. */
final class CompatibilityPage {
    static final Path FILE = Path.of("..", "docs", "compatibility.md");

    private static final Path SYSTEM_TESTS = Path.of("..", "system-tests");
    private static final String CLIENTS = "clients-";

    private CompatibilityPage() {}

    /** The page with its tables made anew. */
    static String text() throws IOException {
        String page = Files.readString(FILE);
        page = replaced(page, "features", features());
        page = replaced(page, "settings", settings());
        page = replaced(page, "commands", commands());
        return replaced(page, "codes", codes());
    }

    private static String replaced(String page, String name, String table) {
        String begin = "<!-- " + name + ": made from the code, see CompatibilityPageTest -->\n";
        int from = page.indexOf(begin);
        int to = page.indexOf("<!-- end of " + name + " -->\n");
        if (from < 0 || to < from) {
            throw new IllegalStateException(FILE + " has no place for the table of " + name);
        }
        return page.substring(0, from + begin.length()) + table + page.substring(to);
    }

    private static String features() throws IOException {
        StringBuilder text = new StringBuilder();
        for (ClientFeature.Area area : ClientFeature.Area.values()) {
            text.append("| ").append(area.title).append(" | state | shown with | notes |\n| --- | --- | --- | --- |\n");
            for (ClientFeature feature : ClientFeature.TABLE) {
                if (feature.area() == area) {
                    text.append(row(feature));
                }
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String row(ClientFeature feature) throws IOException {
        return "| " + feature.name() + " | " + feature.state().text + " | " + shownWith(feature.tests()) + " | "
                + feature.note() + " |\n";
    }

    /** The versions whose tests hold one of these, or that frames are made by hand. */
    private static String shownWith(List<String> tests) throws IOException {
        List<String> versions = clientModules().stream()
                .filter(module -> tests.stream().anyMatch(test -> isRun(module, test)))
                .map(module -> module.substring(CLIENTS.length()))
                .toList();
        if (versions.isEmpty()) {
            return tests.isEmpty() ? "" : "raw frames";
        }
        return String.join(", ", versions);
    }

    private static List<String> clientModules() throws IOException {
        try (Stream<Path> folders = Files.list(SYSTEM_TESTS)) {
            return folders.map(folder -> folder.getFileName().toString())
                    .filter(name -> name.startsWith(CLIENTS))
                    .sorted()
                    .toList();
        }
    }

    /** Each version has tests of its own, and runs those that all share but for what its POM leaves out. */
    private static boolean isRun(String module, String test) {
        return !isLeftOut(module, test) && isThere(module, test);
    }

    private static boolean isLeftOut(String module, String test) {
        try {
            return Files.readString(SYSTEM_TESTS.resolve(module).resolve("pom.xml"))
                    .contains("<exclude>**/" + test + ".java</exclude>");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isThere(String module, String test) {
        return Stream.of(module, "clients")
                .anyMatch(folder -> Files.exists(SYSTEM_TESTS.resolve(Path.of(
                        folder, "src", "test", "java", "io", "carillon", "systemtests", "clients", test + ".java"))));
    }

    private static String settings() {
        return Stream.of(SettingNames.BROKER, SettingNames.NAME_SERVER)
                .flatMap(names -> names.translated().values().stream().sorted(Comparator.comparing(SettingName::name)))
                .map(one -> "| `" + one.name() + "` | `" + one.key() + "` | " + one.form() + " |\n")
                .collect(Collectors.joining("", "| Apache's name | here | Apache's form |\n| --- | --- | --- |\n", ""));
    }

    private static String commands() {
        return ToolCommand.TABLE.stream()
                .map(ToolCommand::row)
                .collect(Collectors.joining(
                        "", "| command | state | why, or what differs |\n| --- | --- | --- |\n", ""));
    }

    private static String codes() {
        return CodeSupport.TABLE.stream()
                .map(one -> "| " + one.code() + " | " + one.name() + " | "
                        + one.state().name().toLowerCase(Locale.ROOT) + " | " + takes(one.code()) + " | " + one.note()
                        + " |\n")
                .collect(Collectors.joining(
                        "",
                        "| code | name | state | what it takes | why, or what differs |\n"
                                + "| --- | --- | --- | --- | --- |\n",
                        ""));
    }

    private static String takes(int code) {
        Permission permission = Permissions.table().of(code);
        return permission == null ? "" : permission.says() + (permission.isOrder() ? "; order" : "");
    }
}
