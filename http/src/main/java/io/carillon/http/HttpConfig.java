package io.carillon.http;

import io.carillon.base.ByteSize;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The HTTP and gRPC port.
 *
 * @param enabled whether there is one
 * @param tokens the file of who may do what with which token, which {@code carillon token} writes; empty for the one beside
 *     the data folder
 * @param requestSizeMax how large a request is at most
 * @param requestsSizeMax how large all requests that are being read or served are together
 * @param connectionsMax how many connections there may be
 * @param connectionsPerAddress how many of them may come from one address other than this machine's own
 * @param requestRateMax how many requests per second one caller may make, or one address where nobody says who he is; 0 for
 *     any number
 * @param idleTimeout after which silence a connection is closed
 * @param requestTimeout how long a request may take, besides what it wants to wait
 */
public record HttpConfig(
        boolean enabled,
        Path tokens,
        ByteSize requestSizeMax,
        ByteSize requestsSizeMax,
        int connectionsMax,
        int connectionsPerAddress,
        int requestRateMax,
        Duration idleTimeout,
        Duration requestTimeout) {
    public static final HttpConfig DEFAULT = new HttpConfig(
            true,
            Path.of(""),
            ByteSize.mib(8),
            ByteSize.mib(64),
            20_000,
            1_000,
            0,
            Duration.ofMinutes(2),
            Duration.ofSeconds(10));

    public HttpConfig {
        if (connectionsMax < 1) {
            throw new IllegalArgumentException("http.connections-max must be at least 1, not " + connectionsMax);
        }
        if (connectionsPerAddress < 1) {
            throw new IllegalArgumentException(
                    "http.connections-per-address must be at least 1, not " + connectionsPerAddress);
        }
        if (requestRateMax < 0) {
            throw new IllegalArgumentException("http.request-rate-max must not be negative, 0 is for any number");
        }
        if (requestsSizeMax.bytes() < requestSizeMax.bytes()) {
            throw new IllegalArgumentException("http.requests-size-max must be at least http.request-size-max");
        }
    }
}
