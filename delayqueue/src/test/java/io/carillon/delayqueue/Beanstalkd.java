package io.carillon.delayqueue;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Another delay queue, to compare with: a process of one thread that keeps all in memory and writes it to a log. */
final class Beanstalkd implements AutoCloseable {
    private static final int CLIENTS = 8;
    private static final int BATCH = 50;
    /** It knows whole seconds only, so that more is on its way than with shorter delays. */
    private static final int DELAY_S = 1;

    private static final int AHEAD_MAX = 200_000;

    private final int port = freePort();
    private final Process process;

    private Beanstalkd(Path program, Path folder, boolean isDurable) throws IOException {
        process = new ProcessBuilder(
                        program.toString(),
                        "-l",
                        "127.0.0.1",
                        "-p",
                        Integer.toString(port),
                        "-b",
                        folder.toString(),
                        isDurable ? "-f0" : "-F")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile())
                .start();
    }

    /** The program that {@code -Dbench.beanstalkd} names, else that of the PATH; none where there is none. */
    static Optional<Path> program() {
        String said = System.getProperty("bench.beanstalkd", "");
        return said.isEmpty()
                ? Stream.of(System.getenv("PATH").split(":", -1))
                        .map(place -> Path.of(place, "beanstalkd"))
                        .filter(Files::isExecutable)
                        .findFirst()
                : Optional.of(Path.of(said));
    }

    /** @param isDurable whether each write is forced to the disk before it is answered */
    static Beanstalkd start(Path program, Path folder, boolean isDurable) throws IOException {
        Beanstalkd started = new Beanstalkd(program, folder, isDurable);
        Rig.await(started::answers);
        return started;
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private boolean answers() {
        try (Line _ = new Line()) {
            return true;
        } catch (IOException _) { // not yet
            return false;
        }
    }

    /** A connection that is asked many things before the first is answered. */
    private final class Line implements AutoCloseable {
        private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        private final InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        private final OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);

        Line() throws IOException {
            socket.setTcpNoDelay(true);
        }

        void ask(String command) throws IOException {
            out.write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }

        String answer() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c < 0) {
                    throw new IOException("it broke off after " + line);
                }
                line.append((char) c);
            }
            return line.toString().strip();
        }

        void expect(String beginning) throws IOException {
            String answer = answer();
            if (!answer.startsWith(beginning)) {
                throw new IOException("not " + beginning + ", but " + answer);
            }
        }

        void put(byte[] body) throws IOException {
            for (int i = 0; i < BATCH; i++) {
                ask("put 1 " + DELAY_S + " 300 " + body.length);
                out.write(body);
                ask("");
            }
            out.flush();
            for (int i = 0; i < BATCH; i++) {
                expect("INSERTED");
            }
        }

        List<String> reserve() throws IOException {
            for (int i = 0; i < BATCH; i++) {
                ask("reserve-with-timeout " + (i == 0 ? 1 : 0));
            }
            out.flush();
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < BATCH; i++) {
                String[] words = answer().split(" ", -1);
                if (words[0].equals("RESERVED")) {
                    in.skipNBytes(Long.parseLong(words[2]) + 2);
                    ids.add(words[1]);
                }
            }
            return ids;
        }

        void delete(List<String> ids) throws IOException {
            for (String id : ids) {
                ask("delete " + id);
            }
            out.flush();
            for (int i = 0; i < ids.size(); i++) {
                expect("DELETED");
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** How many messages went the whole way that were sent until this time. */
    long run(byte[] body, long endNs) {
        AtomicLong sent = new AtomicLong();
        AtomicLong settled = new AtomicLong();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.submit(() -> send(body, endNs, sent, settled));
                clients.submit(() -> receive(endNs, sent, settled));
            }
        }
        return settled.get();
    }

    private Void send(byte[] body, long endNs, AtomicLong sent, AtomicLong settled) throws IOException {
        try (Line line = new Line()) {
            while (System.nanoTime() < endNs) {
                if (sent.get() - settled.get() < AHEAD_MAX) {
                    line.put(body);
                    sent.addAndGet(BATCH);
                } else {
                    LockSupport.parkNanos(1_000_000);
                }
            }
        }
        return null;
    }

    private Void receive(long endNs, AtomicLong sent, AtomicLong settled) throws IOException {
        try (Line line = new Line()) {
            while (System.nanoTime() < endNs || settled.get() < sent.get()) {
                List<String> ids = line.reserve();
                line.delete(ids);
                settled.addAndGet(ids.size());
            }
        }
        return null;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }
}
