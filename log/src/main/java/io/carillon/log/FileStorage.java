package io.carillon.log;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of a folder of this machine. A thread that is interrupted while it reads or writes closes the file under all
 * others (that is how Java's channels are), so the threads that come here must not be interrupted.
 */
public final class FileStorage implements Storage {
    private final Path root;

    /** Makes the folder when it is not there. */
    public FileStorage(Path root) {
        this.root = root.toAbsolutePath().normalize();
        try {
            Files.createDirectories(this.root);
        } catch (IOException e) {
            throw fault("create folder", this.root.toString(), 0, e);
        }
    }

    /**
     * A folder that must be there already.
     *
     * @throws StorageFault when it is not
     */
    public static FileStorage existing(Path root) {
        if (!Files.isDirectory(root)) {
            throw new StorageFault("there is no folder " + root.toAbsolutePath().normalize(), null);
        }
        return new FileStorage(root);
    }

    @Override
    public Storage.File open(String name) {
        Path path = path(name);
        try {
            makeFolder(parentOf(path));
            return new OpenFile(
                    name,
                    FileChannel.open(
                            path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE));
        } catch (IOException e) {
            throw fault("open", name, 0, e);
        }
    }

    @Override
    public Storage.Source openAside(String name) {
        Path path = path(name);
        try {
            return new AsideFile(name, path);
        } catch (IOException e) {
            throw fault("open", name, 0, e);
        }
    }

    /** A new folder's own name must be as durable as the files in it are going to be. */
    private void makeFolder(Path folder) throws IOException {
        if (folder.equals(root) || Files.isDirectory(folder)) {
            return;
        }
        Path parent = parentOf(folder);
        makeFolder(parent);
        Files.createDirectories(folder);
        force(parent);
    }

    private static Path parentOf(Path path) {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    @Override
    public boolean exists(String name) {
        return Files.exists(path(name));
    }

    @Override
    public List<String> list(String folder) {
        Path path = folder.isEmpty() ? root : path(folder);
        try (Stream<Path> entries = Files.list(path)) {
            List<String> names = new ArrayList<>();
            entries.filter(Files::isRegularFile).forEach(entry -> names.add(String.valueOf(entry.getFileName())));
            names.sort(null);
            return names;
        } catch (NoSuchFileException | NotDirectoryException _) {
            return List.of();
        } catch (IOException e) {
            throw fault("list", folder, 0, e);
        }
    }

    @Override
    public void rename(String from, String to) {
        Path target = path(to);
        try {
            makeFolder(parentOf(target));
            Files.move(path(from), target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw fault("rename to " + to, from, 0, e);
        }
    }

    @Override
    public void delete(String name) {
        try {
            Files.deleteIfExists(path(name));
        } catch (IOException e) {
            throw fault("delete", name, 0, e);
        }
    }

    @Override
    public void forceFolder(String folder) {
        try {
            Path at = folder.isEmpty() ? root : path(folder);
            if (Files.exists(at)) { // without a folder there is nothing in it to force
                force(at);
            }
        } catch (IOException e) {
            throw fault("force folder", folder, 0, e);
        }
    }

    private static void force(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public long usableBytes() {
        try {
            return Files.getFileStore(root).getUsableSpace();
        } catch (IOException e) {
            throw fault("ask for usable space", root.toString(), 0, e);
        }
    }

    @Override
    public long totalBytes() {
        try {
            return Files.getFileStore(root).getTotalSpace();
        } catch (IOException e) {
            throw fault("ask for total space", root.toString(), 0, e);
        }
    }

    private Path path(String name) {
        Path path = root.resolve(name).normalize();
        if (!path.startsWith(root) || path.equals(root) || Path.of(name).isAbsolute()) {
            throw new IllegalArgumentException("not a name within the data folder: '" + name + "'");
        }
        return path;
    }

    static StorageFault fault(String what, String name, long position, IOException cause) {
        String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        boolean isDiskFull = text.contains("no space left") || text.contains("disk quota");
        String facts = what + " file=" + name + " position=" + position + " cause=" + cause;
        return new StorageFault(facts, cause, isDiskFull);
    }

    private static final class OpenFile implements Storage.File {
        private final String name;
        private final FileChannel channel;
        private final Arena arena = Arena.ofShared();
        /** The view that was made last. */
        private volatile @Nullable MemorySegment mapped;

        private OpenFile(String name, FileChannel channel) {
            this.name = name;
            this.channel = channel;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void write(long position, ByteBuffer bytes) {
            long at = position;
            try {
                while (bytes.hasRemaining()) {
                    at += channel.write(bytes, at);
                }
            } catch (IOException e) {
                throw fault("write", name, at, e);
            }
        }

        @Override
        public int read(long position, ByteBuffer into) {
            long at = position;
            try {
                while (into.hasRemaining()) {
                    int count = channel.read(into, at);
                    if (count < 0) {
                        break;
                    }
                    at += count;
                }
            } catch (IOException e) {
                throw fault("read", name, at, e);
            }
            return (int) (at - position);
        }

        @Override
        public void force() {
            try {
                // Data alone: on Linux this is fdatasync, which also makes a changed size durable.
                channel.force(false);
            } catch (IOException e) {
                throw fault("force", name, 0, e);
            }
        }

        @Override
        public void force(long position, long length) {
            MemorySegment whole = mapped;
            if (whole == null || position + length > whole.byteSize()) {
                force();
                return;
            }
            try {
                // On Linux this is msync, which writes these pages alone and then does what fdatasync does.
                whole.asSlice(position, length).force();
            } catch (UncheckedIOException | IllegalStateException e) { // the disk's, or the file was closed
                throw fault("force", name, position, new IOException(e));
            }
        }

        @Override
        public long size() {
            try {
                return channel.size();
            } catch (IOException e) {
                throw fault("ask for size", name, 0, e);
            }
        }

        @Override
        public void truncate(long size) {
            try {
                channel.truncate(size);
            } catch (IOException e) {
                throw fault("truncate", name, size, e);
            }
        }

        @Override
        public MemorySegment map(long size) {
            try {
                // A mapping beyond the end would grow the file, or fault when it is read.
                if (size > channel.size()) {
                    throw new IOException("the file has only " + channel.size() + " of " + size + " bytes");
                }
                // Nothing is written through it, but only a mapping that can be written to can be forced.
                MemorySegment whole = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
                mapped = whole;
                return whole.asReadOnly();
            } catch (IOException e) {
                throw fault("map", name, size, e);
            }
        }

        @Override
        public void close() {
            if (!channel.isOpen()) {
                return;
            }
            try (channel) {
                arena.close();
            } catch (IOException e) {
                throw fault("close", name, 0, e);
            }
        }
    }
}
