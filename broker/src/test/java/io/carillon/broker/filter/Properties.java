package io.carillon.broker.filter;

import io.carillon.message.MessageProperties;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Properties of a made-up message, as a filter gets them. */
final class Properties {
    private Properties() {}

    static RecordProperties of(Map<String, String> properties) {
        return stored(MessageProperties.encode(properties));
    }

    /** As they would lie in the log. */
    static RecordProperties stored(String text) {
        return stored(text.getBytes(StandardCharsets.UTF_8));
    }

    private static RecordProperties stored(byte[] stored) {
        RecordProperties properties = new RecordProperties();
        System.arraycopy(stored, 0, properties.room(), 0, stored.length);
        return properties.filled(stored.length);
    }
}
