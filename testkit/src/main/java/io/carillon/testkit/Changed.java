package io.carillon.testkit;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.HashMap;
import java.util.Map;

/**
 * Copies of records with some components changed. So a test of a record with many components says only what it wants
 * otherwise, and a component that is new breaks no test that does not care.
 */
public final class Changed {
    private Changed() {}

    /**
     * A copy of a public record.
     *
     * @param namesAndValues names of components, each with its value behind it
     * @throws IllegalArgumentException when there is no such component, or the record does not take the values
     */
    public static <T extends Record> T copy(T record, Object... namesAndValues) {
        Map<String, Object> changes = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            changes.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        RecordComponent[] components = record.getClass().getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        try {
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                Object old = components[i].getAccessor().invoke(record);
                Object changed = changes.remove(components[i].getName());
                values[i] = changed == null ? old : changed;
            }
            if (!changes.isEmpty()) {
                throw new IllegalArgumentException(record.getClass() + " has no " + changes.keySet());
            }
            @SuppressWarnings("unchecked") // the class of this very record
            Constructor<T> constructor = (Constructor<T>) record.getClass().getDeclaredConstructor(types);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(record.getClass() + " cannot be copied with " + changes, e);
        }
    }
}
