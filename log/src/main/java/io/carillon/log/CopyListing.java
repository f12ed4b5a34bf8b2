package io.carillon.log;

import java.util.List;

/**
 * What a copy of the log consists of: as after a power loss at one moment, it is a log up to some place and what stands
 * beside it.
 *
 * @param copy the name by which the source knows this copy
 * @param origin whose log it is, for people and to tell logs apart
 * @param from the log offset of the first byte
 * @param to the log offset at which the log ends in this copy
 * @param files in the order in which they are to be read
 */
public record CopyListing(String copy, String origin, long from, long to, List<CopiedFile> files) implements CopyStart {
    public CopyListing {
        files = List.copyOf(files);
    }

    /** The bytes of all files. */
    public long bytes() {
        return files.stream().mapToLong(CopiedFile::size).sum();
    }
}
