package io.carillon.bench;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;

/** Answers every request on a free port with the code that a function gives for its number, counted from 0. */
final class FakeBroker implements AutoCloseable {
    private final ServerSocket listener;
    private final IntUnaryOperator codes;
    private final AtomicInteger requests = new AtomicInteger();

    FakeBroker(IntUnaryOperator codes) throws IOException {
        this.codes = codes;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException e) {
            // the test has ended
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            var in = new DataInputStream(socket.getInputStream());
            var out = new DataOutputStream(socket.getOutputStream());
            while (true) {
                byte[] frame = new byte[in.readInt()];
                in.readFully(frame);
                String text = new String(frame, StandardCharsets.ISO_8859_1);
                int at = text.indexOf("\"opaque\":") + 9;
                String opaque = text.substring(at, text.indexOf(',', at));
                String header = "{\"code\":" + codes.applyAsInt(requests.getAndIncrement()) + ",\"flag\":1,\"opaque\":"
                        + opaque + "}";
                out.writeInt(4 + header.length());
                out.writeInt(header.length());
                out.writeBytes(header);
            }
        } catch (IOException e) {
            // the load has closed the connection
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
