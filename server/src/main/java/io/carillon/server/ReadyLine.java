package io.carillon.server;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The one line on standard output that says that the process serves, for people and scripts.
 *
 * @param nameserver where the name server listens; null when there is none
 * @param broker what clients are told to connect to; null when there is no broker
 * @param http where the HTTP port is; null when there is none
 * @param data the data folder; null when there is none
 */
record ReadyLine(
        @Nullable HostPort nameserver,
        @Nullable HostPort broker,
        @Nullable HostPort http,
        @Nullable Path data,
        long startMs) {

    /** Such as {@code carillon ready nameserver=127.0.0.1:9876 broker=127.0.0.1:10911 data=/srv/data in 0.74s}. */
    @Override
    public String toString() {
        StringBuilder line = new StringBuilder("carillon ready");
        append(line, "nameserver", nameserver);
        append(line, "broker", broker);
        append(line, "http", http);
        append(line, "data", data);
        return line.append(String.format(Locale.ROOT, " in %.2fs", startMs / 1000.0))
                .toString();
    }

    private static void append(StringBuilder line, String name, @Nullable Object value) {
        if (value != null) {
            line.append(' ').append(name).append('=').append(value);
        }
    }
}
