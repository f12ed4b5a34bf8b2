package io.carillon.systemtests.harness;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.Optional;

/**
 * A Unix socket that hears datagrams, by the calls of Linux itself: Java has none, and Netty is among what is tested. Its name
 * is no file's, so it needs no folder and is gone with the socket. For one thread at a time.
 */
@SuppressWarnings("restricted")
final class DatagramEar implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final short POLLIN = 1;
    private static final int TEXT_MAX = 4096;

    private static final MethodHandle SOCKET = call("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle BIND = call("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle POLL = call("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RECV = call("recv", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle CLOSE = call("close", JAVA_INT, JAVA_INT);

    private final Arena memory = Arena.ofShared();
    private final MemorySegment text = memory.allocate(TEXT_MAX);
    private final MemorySegment poll = memory.allocate(8, 4); // int fd, short events, short revents
    private final int socket;

    /** @param name without the zero that it begins with */
    DatagramEar(String name) {
        byte[] bytes = name.getBytes(UTF_8);
        MemorySegment address = memory.allocate(2 + 1 + bytes.length, 2);
        address.set(JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(bytes, 0, address, JAVA_BYTE, 3, bytes.length);
        try {
            socket = (int) SOCKET.invokeExact(AF_UNIX, SOCK_DGRAM, 0);
            int bound = (int) BIND.invokeExact(socket, address, (int) address.byteSize());
            if (socket < 0 || bound != 0) {
                throw new AssertionError("cannot listen at @" + name);
            }
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static MethodHandle call(String name, MemoryLayout answer, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(answer, arguments));
    }

    /** The next text, if one comes within this time. */
    Optional<String> hear(Duration patience) {
        poll.set(JAVA_INT, 0, socket);
        poll.set(JAVA_SHORT, 4, POLLIN);
        try {
            int ready = (int) POLL.invokeExact(poll, 1L, (int) patience.toMillis());
            if (ready <= 0) {
                return Optional.empty();
            }
            long bytes = (long) RECV.invokeExact(socket, text, (long) TEXT_MAX, 0);
            return Optional.of(new String(text.asSlice(0, bytes).toArray(JAVA_BYTE), UTF_8));
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        try {
            int closed = (int) CLOSE.invokeExact(socket);
            assert closed == 0;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        memory.close();
    }
}
