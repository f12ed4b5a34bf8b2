package io.carillon.log;

import java.util.Arrays;

/**
 * The blocks that no queue owns. A freed block may be filled again only after its row was cleared durably, so that a
 * crash never finds two queues in it. Any thread may free; the checkpoint does the rest.
 */
final class FreeBlocks {
    private int[] usable = new int[16];
    private int usableCount;
    private int[] freed = new int[16];
    private int freedCount;
    private int end;

    FreeBlocks(int end) {
        this.end = end;
    }

    /** The number of blocks that there ever were: the block after the last one. */
    synchronized int end() {
        return end;
    }

    synchronized int take() {
        return usableCount > 0 ? usable[--usableCount] : end++;
    }

    /** A block whose row is clear. */
    synchronized void add(int block) {
        if (usableCount == usable.length) {
            usable = Arrays.copyOf(usable, usableCount * 2);
        }
        usable[usableCount++] = block;
    }

    /** A block whose row is not clear. */
    synchronized void free(int block) {
        if (freedCount == freed.length) {
            freed = Arrays.copyOf(freed, freedCount * 2);
        }
        freed[freedCount++] = block;
    }

    /** Takes all blocks whose rows must be cleared; then each goes to {@link #add}, or back to {@link #free}. */
    synchronized int[] takeFreed() {
        int[] taken = Arrays.copyOf(freed, freedCount);
        freedCount = 0;
        return taken;
    }

    synchronized boolean isAnyFreed() {
        return freedCount > 0;
    }
}
