package io.carillon.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Holds a data folder for this process alone: a lock of the operating system on the file {@code lock}, which also names
 * the process. The lock goes with the process however it ends; the file stays and means nothing by itself.
 */
final class DataLock implements AutoCloseable {
    private static final String FILE = "lock";

    private final FileChannel channel;

    private DataLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Makes the folder if need be and takes it.
     *
     * @throws StartFailure when another process holds it, naming that process and the folder, or when the folder cannot
     *     be used
     */
    static DataLock take(Path folder) {
        return take(folder, FILE);
    }

    /** As the other, for what has a part of the folder alone: the lock is on a file of that name. */
    static DataLock take(Path folder, String name) {
        try {
            Files.createDirectories(folder);
            return open(folder, name);
        } catch (IOException e) {
            throw new StartFailure(ExitCode.FAULT, "cannot use the data folder " + folder + ": " + e, e);
        }
    }

    private static DataLock open(Path folder, String name) throws IOException {
        FileChannel channel = FileChannel.open(
                folder.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (tryLock(channel) == null) {
                throw new StartFailure(ExitCode.DATA_IN_USE, inUse(folder, channel));
            }
            write(channel, Long.toString(ProcessHandle.current().pid()));
            return new DataLock(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // held by another server in this very process
        }
    }

    private static String inUse(Path folder, FileChannel channel) throws IOException {
        ByteBuffer pid = ByteBuffer.allocate(32);
        channel.read(pid, 0);
        String holder = new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII).strip();
        return "the data folder " + folder + " is in use by the process with pid "
                + (holder.isEmpty() ? "(unknown)" : holder)
                + "; stop that one, or choose another folder with --data";
    }

    private static void write(FileChannel channel, String pid) throws IOException {
        channel.truncate(0);
        channel.write(ByteBuffer.wrap((pid + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
    }

    /** Lets the folder go. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot release the lock of the data folder", e);
        }
    }
}
