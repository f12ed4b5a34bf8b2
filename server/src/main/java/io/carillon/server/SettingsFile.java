package io.carillon.server;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.Storage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The settings of one owner that were changed while it ran, as a file of {@code key=value} lines in the data folder. It is
 * replaced whole: after a crash there is the old or the new one.
 */
final class SettingsFile {
    private static final String HEAD = """
            # What was changed while the server ran. It writes this file anew with each change.
            # Take a line out, while the server is stopped, and the setting is again what it is set to elsewhere.
            """;
    private static final String IN_WORK = ".new";

    private final Storage storage;
    private final String name;

    SettingsFile(Storage storage, String name) {
        this.storage = storage;
        this.name = name;
    }

    /**
     * What such a file holds, as text by key.
     *
     * @param name of the file, for messages
     * @throws BadConfig when it is not of that form, naming the line
     */
    static SortedMap<String, String> parse(String name, List<String> lines) {
        SortedMap<String, String> values = new TreeMap<>();
        int number = 0;
        for (String line : lines) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            int equals = line.indexOf('=');
            String key = equals < 0 ? "" : line.substring(0, equals).strip();
            if (key.isEmpty() || values.put(key, line.substring(equals + 1).strip()) != null) {
                throw new BadConfig(
                        name + ":" + number + ": not a key=value line, or a key for the second time: '" + line + "'");
            }
        }
        return values;
    }

    /** Replaces it; durable when this returns. After a fault there is the old or the new one. */
    void write(Map<String, String> values) {
        StringBuilder text = new StringBuilder(HEAD);
        new TreeMap<>(values)
                .forEach((key, value) ->
                        text.append(key).append('=').append(value).append('\n'));
        String inWork = name + IN_WORK;
        storage.delete(inWork);
        try (Storage.File file = storage.open(inWork)) {
            file.write(0, ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
            file.force();
        }
        storage.rename(inWork, name);
        storage.forceFolder("");
    }
}
