package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.Storage;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Opens the files of the index and puts each queue's blocks together. Used once. */
final class QueueIndexLoader {
    private static final String TABLE = QueueIndex.FOLDER + "/table";
    private static final String NAMES = QueueIndex.FOLDER + "/names";

    /** What the rows say about one queue. */
    private static final class Found {
        int seqMin = Integer.MAX_VALUE;
        int seqMax = -1;
        int[] blocks = new int[0];
        QueueTable.Row last = QueueTable.Row.FREE;
        /** The one block that starts within, if any, and the newest that is not full. */
        int seqStart = -1;

        int slotStart;
        int seqPartial = -1;
    }

    private final QueueNames names;
    private final QueueTable table;
    private final IndexBlocks blocks;
    private final FreeBlocks free;
    private final Map<Integer, Found> found = new HashMap<>();
    /** The last block in use of each file. */
    private final Map<Integer, Integer> blocksLast = new HashMap<>();

    private int epochMax;

    private QueueIndexLoader(QueueNames names, QueueTable table, IndexBlocks blocks) {
        this.names = names;
        this.table = table;
        this.blocks = blocks;
        free = new FreeBlocks(table.rows());
        epochMax = table.epoch();
    }

    static QueueIndex open(Storage storage, IndexLayout layout) {
        if (!storage.exists(TABLE)) {
            create(storage, layout);
        }
        // A process that died may have left the names of files not durable.
        storage.forceFolder(QueueIndex.FOLDER);
        QueueTable table = QueueTable.open(storage, TABLE, layout);
        IndexBlocks blocks = new IndexBlocks(storage, QueueIndex.FOLDER, layout, table);
        try {
            QueueNames names = QueueNames.openCompacted(storage, QueueIndex.FOLDER, NAMES);
            try {
                return new QueueIndexLoader(names, table, blocks).load();
            } catch (RuntimeException e) {
                names.close();
                throw e;
            }
        } catch (RuntimeException e) {
            blocks.close();
            table.close();
            throw e;
        }
    }

    /** The table comes last: what stands in the folder without it was never used. */
    private static void create(Storage storage, IndexLayout layout) {
        QueueIndex.discard(storage);
        QueueNames.create(storage, NAMES);
        QueueTable.create(storage, TABLE + ".new", layout);
        storage.forceFolder(QueueIndex.FOLDER);
        storage.rename(TABLE + ".new", TABLE);
    }

    private QueueIndex load() {
        table.forEach(this::measure);
        found.values().forEach(queue -> {
            queue.blocks = new int[queue.seqMax - queue.seqMin + 1];
            Arrays.fill(queue.blocks, -1);
        });
        table.forEach(this::place);
        blocksLast.values().forEach(blocks::requireRoom);
        QueueIndex index = new QueueIndex(names, table, blocks, free, epochMax + 1);
        names.names().forEach((id, name) -> {
            ConsumeQueue queue = index.queue(name.topic(), name.number());
            if (queue.isNamed()) {
                // Named anew by a checkpoint that did not end, after its topic was deleted.
                index.empty(queue);
            }
            restore(id, queue);
        });
        return index;
    }

    private boolean isLive(int block, QueueTable.Row row) {
        if (row.isFree() || row.epoch() > table.epoch()) {
            return false;
        }
        if (row.queue() >= names.idNext()) {
            throw new Corrupt("block " + block + " is of queue " + row.queue() + ", which has no name file=" + NAMES);
        }
        return names.names().containsKey(row.queue());
    }

    private void measure(int block, QueueTable.Row row) {
        epochMax = Math.max(epochMax, row.epoch());
        if (isLive(block, row)) {
            Found queue = found.computeIfAbsent(row.queue(), _ -> new Found());
            queue.seqMin = Math.min(queue.seqMin, row.seq());
            queue.seqMax = Math.max(queue.seqMax, row.seq());
        }
    }

    private void place(int block, QueueTable.Row row) {
        if (row.isFree()) {
            free.add(block);
        } else if (!isLive(block, row)) {
            free.free(block);
        } else {
            place(block, row, Objects.requireNonNull(found.get(row.queue())));
        }
    }

    private void place(int block, QueueTable.Row row, Found queue) {
        int place = row.seq() - queue.seqMin;
        if (queue.blocks[place] >= 0) {
            throw new Corrupt("blocks " + queue.blocks[place] + " and " + block + " of queue " + row.queue()
                    + " are the same part of it file=" + TABLE);
        }
        queue.blocks[place] = block;
        blocksLast.merge(blocks.layout().fileOf(block), block, Math::max);
        if (row.seq() == queue.seqMax) {
            queue.last = row;
        }
        if (row.first() > 0) {
            queue.seqStart = row.seq();
            queue.slotStart = row.first();
        }
        if (row.end() < blocks.layout().entriesPerBlock()) {
            queue.seqPartial = Math.max(queue.seqPartial, row.seq());
        }
    }

    /**
     * The blocks after the last hole make the queue. What is before a hole was dropped: a checkpoint that did not end
     * may have cleared some rows and not others, but its new blocks do not count, so that it leaves no hole behind them.
     */
    private void restore(int id, ConsumeQueue queue) {
        Found rows = found.get(id);
        if (rows == null) {
            queue.restore(id, Chain.EMPTY, 0, 0, -1);
            return;
        }
        int from = rows.blocks.length - 1;
        while (from > 0 && rows.blocks[from - 1] >= 0) {
            from--;
        }
        for (int i = 0; i < from; i++) {
            if (rows.blocks[i] >= 0) {
                free.free(rows.blocks[i]);
            }
        }
        int seq = rows.seqMin + from;
        if (rows.seqPartial >= seq && rows.seqPartial != rows.seqMax) {
            throw new Corrupt("part " + rows.seqPartial + " of queue " + id + " is not full file=" + TABLE);
        }
        long perBlock = blocks.layout().entriesPerBlock();
        long first = seq * perBlock + (rows.seqStart == seq ? rows.slotStart : 0);
        Chain chain = Chain.of(seq, Arrays.copyOfRange(rows.blocks, from, rows.blocks.length));
        queue.restore(id, chain, first, rows.seqMax * perBlock + rows.last.end(), rows.last.logOffsetLast());
    }
}
