package io.carillon.delayqueue;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A connection over HTTP/1.1, by hand, so that the load costs little. One thread at a time. */
final class HttpLoad implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    HttpLoad(int port, int buffer) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), buffer);
    }

    /** Says it and waits for the answer. */
    String post(String path, String json) throws IOException {
        say(path, json);
        return hear();
    }

    void say(String path, String json) throws IOException {
        String head = "POST " + path + " HTTP/1.1\r\nhost: localhost\r\ncontent-length: " + json.length() + "\r\n\r\n";
        socket.getOutputStream().write((head + json).getBytes(StandardCharsets.US_ASCII));
    }

    String get(String path) throws IOException {
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nhost: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        return hear();
    }

    String hear() throws IOException {
        String status = line();
        int length = 0;
        for (String header = line(); !header.isEmpty(); header = line()) {
            if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(header.substring(15).strip());
            }
        }
        String answer = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        if (!status.contains(" 200")) {
            throw new IOException("answered with " + status + ": " + answer);
        }
        return answer;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the server closed the connection");
            }
            line.append((char) c);
        }
        return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
