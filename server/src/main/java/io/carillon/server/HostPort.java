package io.carillon.server;

/** Where a server listens: {@code host:port}, with an IPv6 address in brackets. */
public record HostPort(String host, int port) {
    public HostPort {
        if (host.isBlank()) {
            throw new IllegalArgumentException("the host is missing");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("a port is a number from 0 to 65535, not " + port);
        }
    }

    /** @throws IllegalArgumentException when the text is no {@code host:port} */
    public static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException("not a host:port: '" + text + "', write for example 127.0.0.1:9876");
        }
        return new HostPort(unbracketed(text.substring(0, colon).strip()), port(text.substring(colon + 1), text));
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private static int port(String digits, String whole) {
        try {
            return Integer.parseInt(digits.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a port: '" + digits + "' in '" + whole + "'", e);
        }
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
