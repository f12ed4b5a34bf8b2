package io.carillon.nameserver;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Key-value settings by namespace, kept in memory only: they are gone when the name server stops, and each name server
 * has its own. Any thread may call.
 */
public final class KvSettings {
    /** The namespace whose values are the order settings of topics. */
    public static final String ORDER_NAMESPACE = "ORDER_TOPIC_CONFIG";

    static final int VALUE_CHARS_MAX = 65_536;
    private static final int NAME_CHARS_MAX = 1_024;

    private int entriesMax;
    private final Map<String, Map<String, String>> namespaces = new HashMap<>();
    private int entries;

    KvSettings(int entriesMax) {
        this.entriesMax = entriesMax;
    }

    /** How many there may be from now on; those that are there stay. */
    synchronized void entriesMax(int newEntriesMax) {
        entriesMax = newEntriesMax;
    }

    /** Stores the value; the answer is what speaks against it, empty when it is stored. */
    public synchronized Optional<String> put(String namespace, String key, String value) {
        if (namespace.length() > NAME_CHARS_MAX || key.length() > NAME_CHARS_MAX) {
            return Optional.of("namespace and key may have " + NAME_CHARS_MAX + " characters at most");
        }
        if (value.length() > VALUE_CHARS_MAX) {
            return Optional.of("a value may have " + VALUE_CHARS_MAX + " characters at most");
        }
        Map<String, String> table = namespaces.getOrDefault(namespace, Map.of());
        if (!table.containsKey(key) && entries >= entriesMax) {
            return Optional.of("this name server keeps " + entriesMax + " settings at most");
        }
        if (namespaces.computeIfAbsent(namespace, _ -> new HashMap<>()).put(key, value) == null) {
            entries++;
        }
        return Optional.empty();
    }

    public synchronized Optional<String> get(String namespace, String key) {
        return Optional.ofNullable(namespaces.getOrDefault(namespace, Map.of()).get(key));
    }

    public synchronized void delete(String namespace, String key) {
        Map<String, String> table = namespaces.get(namespace);
        if (table == null || table.remove(key) == null) {
            return;
        }
        entries--;
        if (table.isEmpty()) {
            namespaces.remove(namespace);
        }
    }

    /** A copy of a namespace's settings, sorted; empty when there is none. */
    public synchronized Map<String, String> all(String namespace) {
        return new TreeMap<>(namespaces.getOrDefault(namespace, Map.of()));
    }
}
