package io.carillon.remoting;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;

/** A plain socket that speaks frames. */
final class TestPeer implements AutoCloseable {
    final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;

    TestPeer(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        out = socket.getOutputStream();
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    void send(byte[]... frames) throws IOException {
        for (byte[] frame : frames) {
            out.write(frame);
        }
    }

    /** Sends on a thread of its own, for frames that the other side does not take at once. */
    Thread sending(byte[]... frames) {
        return Thread.startVirtualThread(() -> {
            try {
                send(frames);
            } catch (IOException fault) {
                throw new UncheckedIOException(fault);
            }
        });
    }

    /** The next frame as it came, its length included. */
    byte[] receive() throws IOException {
        int length = in.readInt();
        byte[] frame = new byte[4 + length];
        ByteBuffer.wrap(frame).putInt(length);
        in.readFully(frame, 4, length);
        return frame;
    }

    Header receiveHeader() throws IOException {
        byte[] frame = receive();
        int word = ByteBuffer.wrap(frame).getInt(4);
        Header header = new Header();
        header.parse(ByteBuffer.wrap(frame), 8, word >>> 24, word & 0xFF_FFFF);
        return header;
    }

    static String text(byte[] frame) {
        return new String(frame, 8, frame.length - 8, UTF_8);
    }

    /** Whether the other side has closed; waits for it. */
    boolean isClosedByPeer() throws IOException {
        try {
            return in.read() == -1;
        } catch (java.net.SocketException _) { // closed with bytes of ours unread: a reset
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
