package io.carillon.systemtests.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A bare connection for bytes that no client would send. */
public final class RawSocket implements AutoCloseable {
    private final Socket socket;

    private RawSocket(Socket socket) {
        this.socket = socket;
    }

    /** Connects to {@code host:port}. */
    public static RawSocket connect(String address) throws IOException {
        int colon = address.lastIndexOf(':');
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.connect(
                new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
                5_000);
        return new RawSocket(socket);
    }

    public void write(byte... bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** A request whose header is this JSON text, whatever that may be. */
    public static byte[] jsonFrame(String header, byte... body) {
        byte[] text = header.getBytes(UTF_8);
        return ByteBuffer.allocate(8 + text.length + body.length)
                .putInt(4 + text.length + body.length)
                .putInt(text.length)
                .put(text)
                .put(body)
                .array();
    }

    /**
     * Reads until the server closes the connection.
     *
     * @return what it said before
     * @throws AssertionError if it does not close within {@code patience}
     */
    public byte[] awaitClosed(Duration patience) throws IOException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        long deadlineNs = System.nanoTime() + patience.toNanos();
        byte[] buffer = new byte[8192];
        try {
            InputStream in = socket.getInputStream();
            while (true) {
                long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0) {
                    throw new AssertionError("not closed within " + patience + ", said " + said);
                }
                socket.setSoTimeout((int) leftMs);
                int count = in.read(buffer);
                if (count < 0) {
                    return said.toByteArray();
                }
                said.write(buffer, 0, count);
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("not closed within " + patience + ", said " + said, e);
        } catch (SocketException e) {
            return said.toByteArray(); // reset: closed before it read everything we wrote
        }
    }

    /** Reads one frame and returns it as text, header and body, without its length. */
    public String readFrame(Duration patience) throws IOException {
        socket.setSoTimeout((int) patience.toMillis());
        InputStream in = socket.getInputStream();
        int length = ByteBuffer.wrap(in.readNBytes(4)).getInt();
        return new String(in.readNBytes(length), UTF_8);
    }

    /** Whether nothing can be read for now, and the server has not closed. */
    public boolean isSilent(Duration patience) throws IOException {
        socket.setSoTimeout((int) patience.toMillis());
        try {
            socket.getInputStream().read();
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
