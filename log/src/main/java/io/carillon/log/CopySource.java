package io.carillon.log;

/** PORT: a log that can be copied, in this process or elsewhere. One thread at a time. */
public interface CopySource {
    /** Begins a copy. Until it is ended, or nothing was asked of it for some time, what it still needs is not dropped. */
    CopyStart begin();

    /**
     * Reads a part of a file. Files are read in the order of the list: who asks for one needs those before it no more.
     *
     * @param length at most {@link LogCopies#PART_BYTES_MAX}
     * @param withBytes whether the bytes are wanted, or only their checksum
     */
    CopyAnswer part(String copy, CopiedFile file, long at, int length, boolean withBytes);

    /** Lets go of what the copy needed. */
    void end(String copy);
}
