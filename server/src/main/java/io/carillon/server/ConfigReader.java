package io.carillon.server;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration: defaults, over them a file, over that what was changed while the server ran, over that the
 * environment, over that the flags. A key that nobody knows stops the start, so that a misspelt one is never silently ignored; every value keeps where it came from.
 *
 * <p>All methods throw {@link BadConfig} with a message for the one who wrote the setting.
 */
final class ConfigReader {
    private static final String SECRET_FILE = "file:";

    static final String ENVIRONMENT_PREFIX = "CARILLON_";

    /** The environment variable that names the file, as {@code --config} does. */
    static final String FILE_VARIABLE = "CARILLON_CONFIG";

    /** Variables of the launcher, which are no settings. */
    private static final Set<String> NOT_SETTINGS = Set.of(
            FILE_VARIABLE, "CARILLON_JAVA_OPTS", "CARILLON_NO_BUILD", AskedAs.USER_VARIABLE, AskedAs.SECRET_VARIABLE);

    /** What the command line said about one key. */
    record FlagValue(String flag, String key, String text) {}

    /** The records, and where each value came from. */
    record Effective(ServerConfig config, Settings all) {
        Collection<Setting> settings() {
            return all.all();
        }
    }

    private final Settings settings = Settings.of(ServerConfig.DEFAULT);

    private ConfigReader() {}

    /** @param file the file that a flag named, or null for the one of the environment, if any */
    static Effective read(@Nullable Path file, Map<String, String> environment, List<FlagValue> flags) {
        ConfigReader reader = new ConfigReader();
        String fromEnvironment = environment.get(FILE_VARIABLE);
        if (file != null) {
            reader.readFile(file);
        } else if (fromEnvironment != null) {
            reader.readFile(Path.of(fromEnvironment));
        }
        reader.readEnvironment(environment);
        flags.forEach(flag -> reader.set(flag.key(), flag.text(), Setting.FLAG + " " + flag.flag()));
        reader.readChanges((Path) reader.settings.get("data").value());
        return new Effective((ServerConfig) reader.settings.build(), reader.settings);
    }

    private void readFile(Path file) {
        Map<String, Integer> seen = new HashMap<>();
        List<String> lines = linesOf(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                readLine(line, "file " + file + ":" + (i + 1), seen, i + 1);
            }
        }
    }

    /** They go over a file's values alone, but are read last: only then it is known in which folder they are. */
    private void readChanges(Path data) {
        for (Changeable.Owner owner : Changeable.Owner.values()) {
            Path file = data.resolve(owner.file());
            if (Files.exists(file)) {
                SettingsFile.parse(file.toString(), linesOf(file))
                        .forEach((key, text) -> readChange(owner, file, key, text));
            }
        }
    }

    private void readChange(Changeable.Owner owner, Path file, String key, String text) {
        Changeable changeable = Changeable.of(key);
        if (changeable == null || changeable.owner() != owner) {
            throw new BadConfig(
                    file + ": '" + key + "' is nothing that can be changed there: set it in a file of your own"
                            + Nearest.hint(key, keys()));
        }
        Setting setting = settings.get(key);
        try {
            settings.set(setting.changedTo(changeable.parse(setting, text)));
        } catch (IllegalArgumentException e) {
            throw new BadConfig(file + ": " + key + ": " + e.getMessage());
        }
    }

    private static List<String> linesOf(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new BadConfig("cannot read the configuration file " + file.toAbsolutePath() + ": " + e);
        }
    }

    private void readLine(String line, String origin, Map<String, Integer> seen, int number) {
        int equals = line.indexOf('=');
        if (equals < 0) {
            throw new BadConfig(origin + ": not a key=value line: '" + line + "'");
        }
        String key = line.substring(0, equals).strip();
        Integer before = seen.putIfAbsent(key, number);
        if (before != null) {
            throw new BadConfig(origin + ": " + key + " was set before, in line " + before);
        }
        set(key, line.substring(equals + 1).strip(), origin);
    }

    private void readEnvironment(Map<String, String> environment) {
        Map<String, String> keyOf =
                settings.all().stream().collect(Collectors.toMap(Setting::environmentName, Setting::key));
        new TreeMap<>(environment).forEach((name, text) -> {
            if (name.startsWith(ENVIRONMENT_PREFIX) && !NOT_SETTINGS.contains(name)) {
                String key = keyOf.get(name);
                if (key == null) {
                    throw new BadConfig("unknown environment variable " + name + Nearest.hint(name, keyOf.keySet()));
                }
                set(key, text, Setting.ENVIRONMENT + " " + name);
            }
        });
    }

    private void set(String key, String text, String origin) {
        Setting setting = settings.find(key);
        if (setting == null) {
            throw new BadConfig(origin + ": unknown key '" + key + "'" + Nearest.hint(key, keys()));
        }
        try {
            settings.set(setting.with(SettingText.parse(setting.type(), resolved(setting, text)), origin));
        } catch (IllegalArgumentException e) {
            throw new BadConfig(origin + ": " + key + ": " + e.getMessage());
        }
    }

    /** A secret need not stand where others can read it: {@code file:PATH} says in which file it does. */
    private static String resolved(Setting setting, String text) {
        return setting.type() == Secret.class && text.startsWith(SECRET_FILE)
                ? secretIn(Path.of(text.substring(SECRET_FILE.length()).strip()))
                : text;
    }

    /** @throws BadConfig when the file cannot be read or holds nothing */
    static String secretIn(Path file) {
        String secret = linesOf(file).stream().findFirst().orElse("").strip();
        if (secret.isEmpty()) {
            throw new BadConfig("the file " + file.toAbsolutePath() + " has no secret in its first line");
        }
        return secret;
    }

    /** @throws BadConfig when the file cannot be read */
    static byte[] bytesOf(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new BadConfig("cannot read the file " + file.toAbsolutePath() + ": " + e);
        }
    }

    /** Differs when the file was changed; 0 when there is none. */
    static long stampOf(Path file) {
        try {
            return Files.getLastModifiedTime(file).toMillis() * 31 + Files.size(file);
        } catch (IOException e) {
            return 0; // gone, or being replaced: whoever reads it then is told
        }
    }

    private List<String> keys() {
        return settings.all().stream().map(Setting::key).toList();
    }
}
