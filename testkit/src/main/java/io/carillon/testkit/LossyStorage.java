package io.carillon.testkit;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that does no more than {@link Storage} promises: {@link #afterPowerLoss} shows what such a disk may
 * hold when the power fails at this moment, and {@link #fail} makes calls fail. The same calls and seeds always give
 * the same result. Any thread may call; hooks run inside the call and may ask for crash states.
 */
public final class LossyStorage implements Storage {
    private static final int FILE_BYTES_MAX = Integer.MAX_VALUE - 8;

    private static final class PlannedFault {
        final Call.Kind kind;
        final Fault fault;
        final boolean isLasting;
        long callsLeft;

        PlannedFault(Call.Kind kind, long callsLeft, Fault fault, boolean isLasting) {
            this.kind = kind;
            this.callsLeft = callsLeft;
            this.fault = fault;
            this.isLasting = isLasting;
        }
    }

    private final Folder folder;
    private final List<PlannedFault> faults = new ArrayList<>();
    private final Map<Call.Kind, Long> calls = new EnumMap<>(Call.Kind.class);
    private Consumer<Call> before = _ -> {};
    private long totalBytes = 1L << 40;
    private long callCount;

    public LossyStorage() {
        this(new Folder());
    }

    private LossyStorage(Folder folder) {
        this.folder = folder;
    }

    /** What the disk may hold after a power loss now. This storage goes on unchanged, the other is a disk of its own. */
    public synchronized LossyStorage afterPowerLoss(Loss loss) {
        LossyStorage found = new LossyStorage(folder.afterLoss(loss));
        found.totalBytes = totalBytes;
        return found;
    }

    /** Makes the {@code k}-th call of a kind from now on (the next one is 1) fail once. */
    public synchronized void fail(Call.Kind kind, long k, Fault fault) {
        faults.add(new PlannedFault(kind, k, fault, false));
    }

    /** Makes the {@code k}-th call of a kind from now on, and all after it, fail until {@link #heal}. */
    public synchronized void failFrom(Call.Kind kind, long k, Fault fault) {
        faults.add(new PlannedFault(kind, k, fault, true));
    }

    /** Forgets all planned faults. */
    public synchronized void heal() {
        faults.clear();
    }

    /** Sets how much can still be written from now on; growing files use it up, deleted ones give it back. */
    public synchronized void setUsableBytes(long bytes) {
        totalBytes = Math.addExact(folder.bytes(), bytes);
    }

    /** Calls so far, of all kinds. */
    public synchronized long calls() {
        return callCount;
    }

    public synchronized long calls(Call.Kind kind) {
        return calls.getOrDefault(kind, 0L);
    }

    /**
     * Runs this before each call, in its place: the state that it sees is the one that the call before left. One hook
     * at a time; the last one wins.
     */
    public synchronized void beforeEachCall(Consumer<Call> hook) {
        before = hook;
    }

    /** Overwrites bytes of a file on the disk itself, as a fault of the device would. */
    public synchronized void corrupt(String name, long position, byte... bytes) {
        Inode file = folder.find(name);
        if (file == null || position < 0 || position + bytes.length > file.size()) {
            throw new IllegalArgumentException("no such bytes: " + name + " at " + position);
        }
        file.corrupt((int) position, bytes);
    }

    /** The size of a file; -1 when there is none. */
    public synchronized long sizeOf(String name) {
        Inode file = folder.find(name);
        return file == null ? -1 : file.size();
    }

    /** Names of all files with their folders, sorted. */
    public synchronized List<String> names() {
        return List.copyOf(folder.files().keySet());
    }

    @Override
    public synchronized Storage.File open(String name) {
        check(name);
        enter(Call.Kind.OPEN, name, 0, 0);
        Inode file = folder.find(name);
        return new OpenFile(name, file == null ? folder.create(name) : file);
    }

    @Override
    public synchronized Storage.Source openAside(String name) {
        check(name);
        enter(Call.Kind.READ, name, 0, 0);
        Inode file = folder.find(name);
        if (file == null) {
            throw fault("open of a file that is not there", name, 0, false);
        }
        return new AsideFile(new OpenFile(name, file));
    }

    @Override
    public synchronized boolean exists(String name) {
        check(name);
        return folder.find(name) != null;
    }

    @Override
    public synchronized List<String> list(String name) {
        enter(Call.Kind.LIST, name, 0, 0);
        return folder.list(name);
    }

    @Override
    public synchronized void rename(String from, String to) {
        check(from);
        check(to);
        enter(Call.Kind.RENAME, from, 0, 0);
        Inode file = folder.find(from);
        if (file == null) {
            throw fault("rename of a file that is not there", from, 0, false);
        }
        folder.rename(from, to, file);
    }

    @Override
    public synchronized void delete(String name) {
        check(name);
        enter(Call.Kind.DELETE, name, 0, 0);
        if (folder.find(name) != null) {
            folder.delete(name);
        }
    }

    @Override
    public synchronized void forceFolder(String name) {
        enter(Call.Kind.FORCE_FOLDER, name, 0, 0);
        folder.force(name);
    }

    @Override
    public synchronized long usableBytes() {
        return Math.max(0, totalBytes - folder.bytes());
    }

    @Override
    public synchronized long totalBytes() {
        return totalBytes;
    }

    private static void check(String name) {
        if (name.isEmpty()
                || name.startsWith("/")
                || name.endsWith("/")
                || List.of(name.split("/")).contains("..")) {
            throw new IllegalArgumentException("not a name within the data folder: '" + name + "'");
        }
    }

    /** Counts the call, and throws when it is planned to fail. */
    private void enter(Call.Kind kind, String name, long position, long bytes) {
        Fault fault = count(kind, name, position, bytes);
        if (fault != null) {
            throw fault("planned failure of " + kind, name, position, fault != Fault.IO_ERROR);
        }
    }

    private @Nullable Fault count(Call.Kind kind, String name, long position, long bytes) {
        callCount++;
        calls.merge(kind, 1L, Long::sum);
        before.accept(new Call(callCount, kind, name, position, bytes));
        Fault fault = null;
        for (PlannedFault planned : List.copyOf(faults)) {
            if (planned.kind == kind && --planned.callsLeft <= 0) {
                fault = planned.fault;
                if (!planned.isLasting) {
                    faults.remove(planned);
                }
            }
        }
        return fault;
    }

    private static StorageFault fault(String what, String name, long position, boolean isDiskFull) {
        String facts = what + " file=" + name + " position=" + position;
        return new StorageFault(
                facts, new IOException(isDiskFull ? "No space left on device" : "Input/output error"), isDiskFull);
    }

    /** An open file, of which only reading is left. */
    private record AsideFile(Storage.File file) implements Storage.Source {
        @Override
        public long size() {
            return file.size();
        }

        @Override
        public int read(long position, ByteBuffer into) {
            return file.read(position, into);
        }

        @Override
        public void close() {
            file.close();
        }
    }

    private final class OpenFile implements Storage.File {
        private final String name;
        private final Inode file;
        private final List<Mapping> mappings = new ArrayList<>();
        private boolean isClosed;

        private OpenFile(String name, Inode file) {
            this.name = name;
            this.file = file;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void write(long position, ByteBuffer bytes) {
            synchronized (LossyStorage.this) {
                checkOpen(position);
                byte[] copy = new byte[bytes.remaining()];
                bytes.get(bytes.position(), copy);
                Fault fault = count(Call.Kind.WRITE, name, position, copy.length);
                long room = usableBytes() + Math.max(0, file.size() - position);
                if (fault != null && fault != Fault.SHORT_WRITE) {
                    throw fault("write of " + copy.length + " bytes", name, position, fault == Fault.DISK_FULL);
                }
                if (fault == Fault.SHORT_WRITE || copy.length > room) {
                    int part = fault == Fault.SHORT_WRITE ? copy.length / 2 : (int) room;
                    put(position, Arrays.copyOf(copy, part));
                    throw fault("write of " + copy.length + " bytes stopped after " + part, name, position, true);
                }
                put(position, copy);
                bytes.position(bytes.limit());
            }
        }

        private void put(long position, byte[] bytes) {
            if (position + bytes.length > FILE_BYTES_MAX) {
                throw new IllegalArgumentException("this disk holds no file that large: " + name);
            }
            if (bytes.length > 0) {
                file.write((int) position, bytes);
            }
        }

        @Override
        public int read(long position, ByteBuffer into) {
            synchronized (LossyStorage.this) {
                checkOpen(position);
                enter(Call.Kind.READ, name, position, into.remaining());
                byte[] bytes = new byte[(int) Math.max(0, Math.min(into.remaining(), file.size() - position))];
                file.read((int) Math.min(position, file.size()), bytes, bytes.length);
                into.put(bytes);
                return bytes.length;
            }
        }

        @Override
        public void force() {
            synchronized (LossyStorage.this) {
                checkOpen(0);
                Fault fault = count(Call.Kind.FORCE, name, 0, 0);
                if (fault != null) {
                    file.failForce();
                    throw fault("force", name, 0, fault != Fault.IO_ERROR);
                }
                file.force();
            }
        }

        @Override
        public void force(long position, long length) {
            synchronized (LossyStorage.this) {
                checkOpen(position);
                Fault fault = count(Call.Kind.FORCE, name, position, length);
                if (fault != null) {
                    file.failForce();
                    throw fault("force", name, position, fault != Fault.IO_ERROR);
                }
                file.force((int) position, (int) (position + length));
            }
        }

        @Override
        public long size() {
            synchronized (LossyStorage.this) {
                checkOpen(0);
                return file.size();
            }
        }

        @Override
        public void truncate(long size) {
            synchronized (LossyStorage.this) {
                checkOpen(size);
                enter(Call.Kind.TRUNCATE, name, size, 0);
                if (size < file.size()) {
                    file.resize((int) size);
                }
            }
        }

        @Override
        public MemorySegment map(long size) {
            synchronized (LossyStorage.this) {
                checkOpen(size);
                enter(Call.Kind.MAP, name, 0, size);
                if (size > file.size()) {
                    throw fault("map of " + size + " bytes of a file of " + file.size(), name, 0, false);
                }
                Mapping mapping = file.map((int) size);
                mappings.add(mapping);
                return mapping.view();
            }
        }

        @Override
        public void close() {
            synchronized (LossyStorage.this) {
                if (!isClosed) {
                    isClosed = true;
                    mappings.forEach(file::unmap);
                }
            }
        }

        private void checkOpen(long position) {
            if (isClosed) {
                throw new StorageFault("file is closed file=" + name, null);
            }
            if (position < 0) {
                throw new IllegalArgumentException("negative position in " + name + ": " + position);
            }
        }
    }
}
