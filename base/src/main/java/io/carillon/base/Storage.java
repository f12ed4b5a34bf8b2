package io.carillon.base;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * PORT: the files of one data folder. Everything that must survive a crash goes through here, so that a test disk can
 * lose, tear and reorder whatever was not forced.
 *
 * <p>Names are relative, with {@code /} between folders; folders are made as needed. A file's creation, renaming and
 * deletion is durable only after {@link #forceFolder} of its folder. Methods throw {@link
 * CarillonException.StorageFault}; any thread may call.
 */
public interface Storage {
    /** Opens the file for reading and writing, and creates it empty when it does not exist. */
    File open(String name);

    /**
     * Opens an existing file to be read alone, once and from end to end, for a copy of it: where the system can do that,
     * what is read does not push out of memory what others read. Its bytes stay readable when the name is deleted or goes
     * to another file meanwhile.
     */
    Source openAside(String name);

    boolean exists(String name);

    /** The names (without the folder) of the files directly in the folder, sorted; empty when there is no such folder. */
    List<String> list(String folder);

    /** Renames within the data folder and replaces what stood under the new name, atomically. */
    void rename(String from, String to);

    /** Deletes the file; nothing happens when it is not there. */
    void delete(String name);

    /** Makes the creations, renamings and deletions in this folder durable ({@code ""} is the data folder itself). */
    void forceFolder(String folder);

    /** Bytes that can still be written on this disk. */
    long usableBytes();

    /** Size of this disk in bytes. */
    long totalBytes();

    /** One open file. Reads and writes at positions may come from several threads at once. */
    interface File extends AutoCloseable {
        String name();

        /**
         * Writes all remaining bytes at the position; the file grows when it must. Nothing is durable before {@link
         * #force}.
         *
         * @throws CarillonException.StorageFault when not all bytes could be written; the range then holds anything
         */
        void write(long position, ByteBuffer bytes);

        /** Reads until the buffer is full or the file ends; returns the number of bytes read, 0 at the end. */
        int read(long position, ByteBuffer into);

        /**
         * Makes all earlier writes to this file durable. A failed force is final: what was written since the last
         * successful one is in doubt for ever, and the caller must not force this file again.
         */
        void force();

        /**
         * Makes all earlier writes to these bytes durable, and spares what others there are the way to the disk where
         * the file is mapped. A failure is final for the whole file, as that of {@link #force()} is.
         */
        void force(long position, long length);

        long size();

        void truncate(long size);

        /**
         * A read-only view of the first {@code size} bytes, which must exist. It shows later writes too. It is valid
         * until {@link #close}; an access after that throws {@link IllegalStateException}.
         */
        MemorySegment map(long size);

        /** Closes the file and every view of it. Forces nothing. */
        @Override
        void close();
    }

    /** A file that is only read. One thread at a time. */
    interface Source extends AutoCloseable {
        long size();

        /** Reads until the buffer is full or the file ends; returns the number of bytes read, 0 at the end. */
        int read(long position, ByteBuffer into);

        @Override
        void close();
    }
}
