package io.carillon.log;

import java.util.Arrays;

/**
 * The blocks that hold a queue's stored entries, in order. Block {@code seq} holds the queue offsets from {@code seq *
 * entriesPerBlock}. Never changes; a chain and the ones made from it share an array, in which only the newest appends.
 */
final class Chain {
    static final Chain EMPTY = new Chain(0, new int[0], 0, 0);

    final int firstSeq;
    final int count;
    private final int[] blocks;
    private final int from;

    private Chain(int firstSeq, int[] blocks, int from, int count) {
        this.firstSeq = firstSeq;
        this.blocks = blocks;
        this.from = from;
        this.count = count;
    }

    static Chain of(int firstSeq, int[] blocks) {
        return new Chain(firstSeq, blocks, 0, blocks.length);
    }

    /** The block at a place in the chain, counted from 0. */
    int block(int i) {
        return blocks[from + i];
    }

    int last() {
        return blocks[from + count - 1];
    }

    int lastSeq() {
        return firstSeq + count - 1;
    }

    /** This chain and the blocks after it. */
    Chain with(Chain more) {
        if (count == 0) {
            return more;
        }
        if (more.count == 0) {
            return this;
        }
        int[] all = blocks;
        int start = from;
        if (from + count + more.count > all.length) {
            all = Arrays.copyOfRange(blocks, from, from + Math.max(count + more.count, count + count / 2 + 1));
            start = 0;
        }
        System.arraycopy(more.blocks, more.from, all, start + count, more.count);
        return new Chain(firstSeq, all, start, count + more.count);
    }

    Chain withoutFirst(int dropped) {
        return dropped == 0 ? this : new Chain(firstSeq + dropped, blocks, from + dropped, count - dropped);
    }
}
