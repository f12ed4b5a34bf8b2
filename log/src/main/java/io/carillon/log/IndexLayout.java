package io.carillon.log;

/**
 * How the entries of consume queues are cut into blocks, and blocks into files.
 *
 * @param blockBytes a header of 16 bytes and as many entries of 20 bytes as fit
 * @param blocksPerFile a power of two
 */
record IndexLayout(int blockBytes, int blocksPerFile) {
    static final int ENTRY_BYTES = 20;
    static final int HEADER_BYTES = 16;
    /** Pages of 4 KiB, 204 entries each, in files that grow up to 256 MiB. */
    static final IndexLayout DEFAULT = new IndexLayout(4096, 65_536);

    IndexLayout {
        if (blockBytes < HEADER_BYTES + ENTRY_BYTES || Integer.bitCount(blocksPerFile) != 1) {
            throw new IllegalArgumentException("no layout: " + blockBytes + " x " + blocksPerFile);
        }
    }

    int entriesPerBlock() {
        return (blockBytes - HEADER_BYTES) / ENTRY_BYTES;
    }

    long fileBytes() {
        return (long) blockBytes * blocksPerFile;
    }

    int fileOf(int block) {
        return block / blocksPerFile;
    }

    /** Where a block starts in its file. */
    long positionOf(int block) {
        return (long) (block % blocksPerFile) * blockBytes;
    }
}
