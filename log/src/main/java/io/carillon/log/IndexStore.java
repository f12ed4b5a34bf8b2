package io.carillon.log;

import io.carillon.base.CarillonException.StorageFault;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Writes the entries of a checkpoint to the files of the index: names first, then blocks, then the rows that speak of
 * them, then the header that makes the rows count, each durable before the next. A crash in between leaves what the
 * checkpoint before had stored, and maybe more entries in blocks that it knew. One thread at a time.
 */
final class IndexStore {
    private static final int RUN_BLOCKS_MAX = 64;

    /** Entries of a queue's tail, from {@code offset} on, that go into one block. */
    private record Fill(Tail tail, long offset, int slot, int block, QueueTable.Row row) {}

    /** The blocks that a queue gets. */
    private record Growth(ConsumeQueue queue, Chain blocks) {}

    private final IndexLayout layout;
    private final QueueNames names;
    private final QueueTable table;
    private final IndexBlocks blocks;
    private final FreeBlocks free;
    private final List<Integer> tombstones = new ArrayList<>();

    /** Rows of blocks that get more entries, as they were: a write that failed may have left them in pieces. */
    private final Map<Integer, QueueTable.Row> rewritten = new HashMap<>();

    private int epochNext;
    private boolean isForcing;
    private @Nullable StorageFault fault;

    IndexStore(QueueNames names, QueueTable table, IndexBlocks blocks, FreeBlocks free, int epochNext) {
        this.layout = blocks.layout();
        this.names = names;
        this.table = table;
        this.blocks = blocks;
        this.free = free;
        this.epochNext = epochNext;
    }

    /**
     * Stores the sealed entries of these queues and forgets the dropped ones.
     *
     * @throws StorageFault when the disk refuses: nothing is lost in memory, and the next checkpoint may try again,
     *     unless a force failed
     */
    synchronized void store(List<ConsumeQueue> queues, List<ConsumeQueue> dropped) {
        dropped.forEach(this::release);
        if (fault != null) {
            throw new StorageFault("the index takes no checkpoint after a failed force: " + fault.getMessage(), fault);
        }
        if (queues.isEmpty() && tombstones.isEmpty() && !free.isAnyFreed()) {
            return;
        }
        int epoch = epochNext++;
        int[] cleared = free.takeFreed();
        List<Growth> growths = new ArrayList<>();
        boolean isStored = false;
        try {
            Map<Integer, QueueNames.Name> named = name(queues);
            List<Fill> fills = plan(queues, epoch, growths);
            write(named, fills, cleared, epoch);
            isStored = true;
        } catch (StorageFault e) {
            fault = isForcing ? e : null;
            throw e;
        } finally {
            settle(isStored, queues, growths, cleared);
        }
    }

    private void release(ConsumeQueue queue) {
        if (queue.isNamed()) {
            tombstones.add(queue.id());
        }
        Chain chain = queue.takeChain();
        for (int i = 0; i < chain.count; i++) {
            free.free(chain.block(i));
        }
    }

    private Map<Integer, QueueNames.Name> name(List<ConsumeQueue> queues) {
        Map<Integer, QueueNames.Name> named = new HashMap<>();
        for (ConsumeQueue queue : queues) {
            if (!queue.isNamed()) {
                if (queue.id() < 0) {
                    queue.name(names.takeId());
                }
                named.put(queue.id(), new QueueNames.Name(queue.topic(), queue.number()));
            }
        }
        return named;
    }

    private List<Fill> plan(List<ConsumeQueue> queues, int epoch, List<Growth> growths) {
        List<Fill> fills = new ArrayList<>(queues.size() * 2);
        for (ConsumeQueue queue : queues) {
            plan(queue, epoch, fills, growths);
        }
        fills.sort(Comparator.comparingInt(Fill::block));
        return fills;
    }

    private void plan(ConsumeQueue queue, int epoch, List<Fill> fills, List<Growth> growths) {
        Tail tail = queue.sealed();
        if (tail == null) {
            return;
        }
        Chain chain = queue.chain();
        int perBlock = layout.entriesPerBlock();
        int seqFirst = Math.toIntExact(tail.base / perBlock);
        int seqLast = Math.toIntExact((tail.end() - 1) / perBlock);
        int seqNew = chain.count > 0 && seqFirst <= chain.lastSeq() ? seqFirst + 1 : seqFirst;
        int[] blocksNew = new int[Math.max(0, seqLast - seqNew + 1)];
        for (int seq = seqFirst; seq <= seqLast; seq++) {
            long start = (long) seq * perBlock;
            int slot = (int) (Math.max(tail.base, start) - start);
            int end = (int) (Math.min(tail.end(), start + perBlock) - start);
            long last = tail.logOffset(start + end - 1);
            int block = seq < seqNew ? chain.last() : free.take();
            int epochOf = epoch;
            int first = slot;
            if (seq < seqNew) {
                QueueTable.Row old = rewritten.computeIfAbsent(block, table::read);
                epochOf = old.epoch();
                first = old.first();
            } else {
                blocksNew[seq - seqNew] = block;
            }
            QueueTable.Row row = new QueueTable.Row(queue.id(), seq, epochOf, first, end, last, 0);
            fills.add(new Fill(tail, start + slot, slot, block, row));
        }
        growths.add(new Growth(queue, Chain.of(seqNew, blocksNew)));
    }

    private void write(Map<Integer, QueueNames.Name> named, List<Fill> fills, int[] cleared, int epoch) {
        if (!named.isEmpty() || !tombstones.isEmpty()) {
            names.append(named, tombstones);
            force(names::force);
        }
        SortedMap<Integer, QueueTable.Row> rows = writeBlocks(fills);
        for (int block : cleared) {
            rows.put(block, QueueTable.Row.FREE);
        }
        writeRows(rows);
        force(table::force);
        int end = free.end();
        table.writeHeader(epoch, end);
        force(table::force);
        table.committed(epoch, end);
    }

    /** After a failed force nobody knows what the disk holds, so that it must not be forced again. */
    private void force(Runnable force) {
        isForcing = true;
        force.run();
        isForcing = false;
    }

    private SortedMap<Integer, QueueTable.Row> writeBlocks(List<Fill> fills) {
        SortedMap<Integer, QueueTable.Row> rows = new TreeMap<>();
        SortedSet<Integer> files = new TreeSet<>();
        ByteBuffer run = ByteBuffer.allocate(RUN_BLOCKS_MAX * layout.blockBytes());
        int start = 0;
        for (int i = 0; i < fills.size(); i++) {
            Fill fill = fills.get(i);
            int crc = blocks.encode(fill.row(), fill.block(), fill.slot(), fill.tail(), fill.offset(), run);
            rows.put(fill.block(), withCrc(fill.row(), crc));
            if (!run.hasRemaining()
                    || i + 1 == fills.size()
                    || !isNext(fill.block(), fills.get(i + 1).block())) {
                blocks.write(fills.get(start).block(), run.flip());
                files.add(layout.fileOf(fill.block()));
                run.clear();
                start = i + 1;
            }
        }
        files.forEach(file -> force(() -> blocks.force(file)));
        return rows;
    }

    private boolean isNext(int block, int other) {
        return other == block + 1 && layout.fileOf(block) == layout.fileOf(other);
    }

    private static QueueTable.Row withCrc(QueueTable.Row row, int crc) {
        return new QueueTable.Row(
                row.queue(), row.seq(), row.epoch(), row.first(), row.end(), row.logOffsetLast(), crc);
    }

    private void writeRows(Map<Integer, QueueTable.Row> rows) {
        List<QueueTable.Row> side = new ArrayList<>();
        int start = 0;
        for (Map.Entry<Integer, QueueTable.Row> entry : rows.entrySet()) {
            int block = entry.getKey();
            if (!side.isEmpty() && block != start + side.size()) {
                table.write(start, side.toArray(new QueueTable.Row[0]));
                side.clear();
            }
            if (side.isEmpty()) {
                start = block;
            }
            side.add(entry.getValue());
        }
        if (!side.isEmpty()) {
            table.write(start, side.toArray(new QueueTable.Row[0]));
        }
    }

    private void settle(boolean isStored, List<ConsumeQueue> queues, List<Growth> growths, int[] cleared) {
        for (int block : cleared) {
            if (isStored) {
                free.add(block);
            } else {
                free.free(block);
            }
        }
        if (isStored) {
            tombstones.clear();
            rewritten.clear();
            queues.forEach(ConsumeQueue::setNamed);
            growths.forEach(growth -> growth.queue().stored(growth.blocks()));
        } else {
            giveBack(growths);
        }
    }

    /** What a failed checkpoint took may have rows on the disk by now, which the next one must clear. */
    private void giveBack(List<Growth> growths) {
        for (Growth growth : growths) {
            for (int i = 0; i < growth.blocks().count; i++) {
                free.free(growth.blocks().block(i));
            }
        }
    }

    /** Whether a force failed: no checkpoint succeeds any more. */
    synchronized boolean hasFailed() {
        return fault != null;
    }

    /** Counts up with each checkpoint that ended. */
    int epoch() {
        return table.epoch();
    }
}
