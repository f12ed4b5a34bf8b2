package io.carillon.delayqueue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a node and its Redis, and can let the connections on which something was subscribed to fall silent: they
 * stay open, and nothing comes through any more, as when a firewall has forgotten them.
 */
final class SilentRelay implements AutoCloseable {
    private final InetSocketAddress to;
    private final ServerSocket server;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final AtomicInteger subscriptions = new AtomicInteger();

    SilentRelay(InetSocketAddress to) {
        this.to = to;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        Thread.ofVirtual().start(this::acceptAll);
    }

    int port() {
        return server.getLocalPort();
    }

    /** On how many connections something was subscribed to so far. */
    int subscriptions() {
        return subscriptions.get();
    }

    /** On how many open ones that did not fall silent. */
    long heard() {
        return links.stream()
                .filter(link -> link.isSubscribed && !link.isSilent)
                .count();
    }

    void silenceSubscriptions() {
        links.stream().filter(link -> link.isSubscribed).forEach(link -> link.isSilent = true);
    }

    private void acceptAll() {
        try {
            while (!server.isClosed()) {
                Link link = new Link(server.accept(), new Socket(to.getAddress(), to.getPort()));
                links.add(link);
                Thread.ofVirtual().start(() -> link.carry(link.near, link.far, true));
                Thread.ofVirtual().start(() -> link.carry(link.far, link.near, false));
            }
        } catch (IOException closed) {
            // That is how it ends.
        }
    }

    private final class Link {
        private final Socket near;
        private final Socket far;
        private volatile boolean isSubscribed;
        private volatile boolean isSilent;

        Link(Socket near, Socket far) {
            this.near = near;
            this.far = far;
        }

        void carry(Socket from, Socket into, boolean isAsking) {
            byte[] bytes = new byte[1 << 16];
            try (from;
                    into) {
                InputStream in = from.getInputStream();
                OutputStream out = into.getOutputStream();
                for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                    if (isAsking) {
                        look(new String(bytes, 0, count, StandardCharsets.ISO_8859_1));
                    }
                    if (!isSilent) {
                        out.write(bytes, 0, count);
                    }
                }
            } catch (IOException closed) {
                // One side ended: so does the other.
            } finally {
                links.remove(this);
            }
        }

        private void look(String asked) {
            if (!isSubscribed && asked.contains("SUBSCRIBE")) {
                isSubscribed = true;
                subscriptions.incrementAndGet();
            }
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Link link : links) {
                link.near.close();
                link.far.close();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
