package io.carillon.server;

import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Locale;

/**
 * One key of the configuration, and the value that holds.
 *
 * @param origin where the value was said: {@code default}, a line of a file, an environment variable or a flag
 */
record Setting(String key, RecordComponent component, Object value, String origin) {
    static final String DEFAULT = "default";

    Type type() {
        return component.getGenericType();
    }

    /** The environment variable of this key: {@code log.segment-size} is {@code CARILLON_LOG_SEGMENT_SIZE}. */
    String environmentName() {
        return ConfigReader.ENVIRONMENT_PREFIX
                + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    Setting with(Object newValue, String newOrigin) {
        return new Setting(key, component, newValue, newOrigin);
    }
}
