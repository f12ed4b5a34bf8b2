package io.carillon.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Ports of the loopback that were free a moment ago. */
final class Ports {
    private Ports() {}

    static InetSocketAddress local(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** A port that is free together with the two that Apache's broker takes beside it: one above, and two below. */
    static int free() throws IOException {
        return free(1).getFirst();
    }

    /** So many of them. */
    static List<Integer> free(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            List<Integer> ports = new ArrayList<>();
            for (int attempt = 0; attempt < 100 * count && ports.size() < count; attempt++) {
                hold(held, ports);
            }
            if (ports.size() < count) {
                throw new IOException("no free ports found");
            }
            return ports;
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    /** All that is bound stays bound until all are found, so that none is found twice. */
    private static void hold(List<ServerSocket> held, List<Integer> ports) throws IOException {
        ServerSocket any = bound(0);
        held.add(any);
        try {
            held.add(bound(any.getLocalPort() + 1));
            held.add(bound(any.getLocalPort() - 2));
            ports.add(any.getLocalPort());
        } catch (IOException e) {
            // A neighbour is taken: try elsewhere.
        }
    }

    private static ServerSocket bound(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    }
}
