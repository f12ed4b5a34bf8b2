package io.carillon.server;

import io.carillon.base.CarillonException.BadConfig;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A record of records as a flat list of keys, and back. Keys come from the components' names, see {@link ServerConfig}.
 */
final class Settings {
    private final Record defaults;
    private final Map<String, Setting> byKey = new LinkedHashMap<>();

    private Settings(Record defaults) {
        this.defaults = defaults;
    }

    /** All keys of this record, each with its default. */
    static Settings of(Record defaults) {
        Settings settings = new Settings(defaults);
        settings.collect(defaults, "");
        return settings;
    }

    private void collect(Record section, String prefix) {
        List<RecordComponent> nested = new ArrayList<>();
        for (RecordComponent component : section.getClass().getRecordComponents()) {
            if (SettingText.isValue(component.getType())) {
                String key = prefix + hyphenated(component.getName());
                put(new Setting(key, component, valueOf(component, section), Setting.DEFAULT, null));
            } else {
                nested.add(component);
            }
        }
        nested.forEach(component -> collect((Record) valueOf(component, section), prefixOf(component)));
    }

    private void put(Setting setting) {
        if (byKey.put(setting.key(), setting) != null) {
            throw new IllegalStateException("two settings have the key " + setting.key());
        }
    }

    private static String prefixOf(RecordComponent section) {
        return hyphenated(section.getName()) + ".";
    }

    private static String hyphenated(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    /** The same values, to be changed apart. */
    Settings copy() {
        Settings copy = new Settings(defaults);
        copy.byKey.putAll(byKey);
        return copy;
    }

    Collection<Setting> all() {
        return byKey.values();
    }

    @Nullable
    Setting find(String key) {
        return byKey.get(key);
    }

    /** As {@link #find}, of a key that must be known. */
    Setting get(String key) {
        Setting setting = byKey.get(key);
        if (setting == null) {
            throw new IllegalStateException("no setting has the key " + key);
        }
        return setting;
    }

    /** Replaces a value; the key must be known. */
    void set(Setting setting) {
        byKey.put(setting.key(), setting);
    }

    /**
     * Makes the records anew, with the values that hold now.
     *
     * @throws BadConfig when a record refuses its values, naming those that were set and where
     */
    Record build() {
        return build(defaults, "");
    }

    private Record build(Record section, String prefix) {
        RecordComponent[] components = section.getClass().getRecordComponents();
        @Nullable Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            RecordComponent component = components[i];
            values[i] = SettingText.isValue(component.getType())
                    ? get(prefix + hyphenated(component.getName())).value()
                    : build((Record) valueOf(component, section), prefixOf(component));
        }
        return construct(section.getClass(), components, values, prefix);
    }

    private Record construct(
            Class<? extends Record> type, RecordComponent[] components, @Nullable Object[] values, String prefix) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Constructor<? extends Record> constructor = type.getDeclaredConstructor(types);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new BadConfig(reason(e) + whatWasSet(prefix));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot make a " + type.getName(), e);
        }
    }

    private static String reason(InvocationTargetException e) {
        Throwable cause = e.getCause();
        String message = cause == null ? null : cause.getMessage();
        return message == null ? String.valueOf(cause) : message;
    }

    private String whatWasSet(String prefix) {
        return byKey.values().stream()
                .filter(setting -> setting.key().startsWith(prefix))
                .filter(setting -> !setting.origin().equals(Setting.DEFAULT))
                .map(setting -> setting.key() + "=" + SettingText.show(setting.value()) + " from " + setting.origin())
                .collect(Collectors.joining(", ", " (", ")"));
    }

    private static Object valueOf(RecordComponent component, Record section) {
        try {
            Object value = component.getAccessor().invoke(section);
            if (value == null) {
                throw new IllegalStateException("the default of " + component.getName() + " is null");
            }
            return value;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + component.getName(), e);
        }
    }
}
