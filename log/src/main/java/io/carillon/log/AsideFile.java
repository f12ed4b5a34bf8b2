package io.carillon.log;

import io.carillon.base.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file of {@link FileStorage} that is read for a copy: past the page cache where the file system can do that, else in the
 * usual way.
 */
final class AsideFile implements Storage.Source {
    private static final int BLOCKS_BYTES_MAX = 1 << 20;
    /** What every file system of today takes as a unit for reading past the page cache. */
    private static final int BLOCK_BYTES = 4096;
    /** Found by name, because the compiler warns of it: it is documented, but in no package of Java's own. */
    private static final @Nullable OpenOption DIRECT = direct();

    private final String name;
    private final FileChannel channel;
    private final boolean isDirect;

    AsideFile(String name, Path path) throws IOException {
        this.name = name;
        FileChannel direct = openDirect(path);
        isDirect = direct != null;
        channel = direct == null ? FileChannel.open(path, StandardOpenOption.READ) : direct;
    }

    private static @Nullable OpenOption direct() {
        try {
            for (Object option :
                    Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants()) {
                if (option instanceof OpenOption found && option.toString().equals("DIRECT")) {
                    return found;
                }
            }
        } catch (ClassNotFoundException _) {
            // a Java without it: the usual way is open
        }
        return null;
    }

    /** Null where that cannot be done, such as on a disk in memory: the usual way is open. */
    private static @Nullable FileChannel openDirect(Path path) {
        if (DIRECT == null) {
            return null;
        }
        try {
            FileChannel direct = FileChannel.open(path, StandardOpenOption.READ, DIRECT);
            try (Arena arena = Arena.ofConfined()) {
                direct.read(blocks(arena, BLOCK_BYTES), 0);
                return direct;
            } catch (IOException e) {
                direct.close();
                throw e;
            }
        } catch (IOException | UnsupportedOperationException _) {
            return null;
        }
    }

    private static ByteBuffer blocks(Arena arena, long bytes) {
        return arena.allocate(bytes, BLOCK_BYTES).asByteBuffer();
    }

    @Override
    public long size() {
        try {
            return channel.size();
        } catch (IOException e) {
            throw FileStorage.fault("ask for size", name, 0, e);
        }
    }

    @Override
    public int read(long position, ByteBuffer into) {
        long at = position;
        try {
            while (into.hasRemaining()) {
                int count = isDirect ? readBlocks(at, into) : channel.read(into, at);
                if (count <= 0) {
                    break;
                }
                at += count;
            }
        } catch (IOException e) {
            throw FileStorage.fault("read", name, at, e);
        }
        return (int) (at - position);
    }

    /** Reads whole blocks, and passes on what was asked for of them. */
    private int readBlocks(long at, ByteBuffer into) throws IOException {
        int skip = (int) (at % BLOCK_BYTES);
        long wanted = Math.min((long) skip + into.remaining() + BLOCK_BYTES - 1, BLOCKS_BYTES_MAX);
        try (Arena arena = Arena.ofConfined()) {
            ByteBuffer blocks = blocks(arena, wanted - wanted % BLOCK_BYTES);
            channel.read(blocks, at - skip);
            blocks.flip();
            if (blocks.limit() <= skip) {
                return 0;
            }
            blocks.position(skip).limit(Math.min(blocks.limit(), skip + into.remaining()));
            int count = blocks.remaining();
            into.put(blocks);
            return count;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw FileStorage.fault("close", name, 0, e);
        }
    }
}
