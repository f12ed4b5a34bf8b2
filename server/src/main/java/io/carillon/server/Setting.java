package io.carillon.server;

import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One key of the configuration, and the value that holds.
 *
 * @param origin where the value was said: {@code default}, a line of a file, a change while it ran, an environment
 *     variable or a flag
 * @param changed what it was changed to while the server ran, now or before, be it in force or not; null when it was not
 */
record Setting(
        String key,
        RecordComponent component,
        Object value,
        String origin,
        @Nullable Object changed) {
    static final String DEFAULT = "default";
    static final String ENVIRONMENT = "environment";
    static final String FLAG = "flag";

    static final String CHANGED = "changed at run time";

    /** Whether whoever starts the process says this value each time, so that no other one would last. */
    boolean isPinned() {
        return origin.startsWith(ENVIRONMENT) || origin.startsWith(FLAG);
    }

    Type type() {
        return component.getGenericType();
    }

    /** The environment variable of this key: {@code log.segment-size} is {@code CARILLON_LOG_SEGMENT_SIZE}. */
    String environmentName() {
        return ConfigReader.ENVIRONMENT_PREFIX
                + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    Setting with(Object newValue, String newOrigin) {
        return new Setting(key, component, newValue, newOrigin, changed);
    }

    /** With what it was changed to at run time, which holds unless whoever starts the process says otherwise. */
    Setting changedTo(Object newValue) {
        return isPinned()
                ? new Setting(key, component, value, origin, newValue)
                : new Setting(key, component, newValue, CHANGED, newValue);
    }
}
