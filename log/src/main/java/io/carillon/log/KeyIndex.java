package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds messages by the hash of a key ({@link KeyHash}). Derived from the log, as {@link QueueIndex} is: what a completed
 * {@link Cut#store} has stored is there after a crash, and the log puts in again what came after.
 *
 * <p>The newest entries are in memory and, since the last checkpoint, in a journal; each full part becomes one sorted
 * file of the folder {@code keys}, named by its first log offset. The writer adds, one thread at a time; any thread may
 * look; the checkpoint stores and retention drops, one thread each.
 */
final class KeyIndex {
    static final String FOLDER = "keys";
    static final int PART_ENTRIES = 256 * 1024;
    private static final String JOURNAL = "journal.";
    private static final String UNFINISHED = ".new";

    /** Told of entries in the order of the log. */
    @FunctionalInterface
    interface Visitor {
        void entry(long hash, long logOffset);
    }

    private final Storage storage;
    private final int partEntries;
    private final long recoveredTo;

    /** Held while files are read or deleted, for to open a deleted one would make it anew. */
    private final Object reading = new Object();

    /** Oldest first, never changed in place. */
    private volatile List<KeyFile> files;

    /** Parts that are full but not sealed, then the open one; never changed in place. */
    private volatile List<KeyPart> parts;

    private KeyPart open;
    private int openCount;
    private @Nullable StorageFault fault;

    /** How many entries were added, which is the writer's, and how many of these a checkpoint has stored. */
    private long added;

    private volatile long stored;

    private KeyIndex(Storage storage, int partEntries, List<KeyFile> files, KeyPart open) {
        this.storage = storage;
        this.partEntries = partEntries;
        this.files = List.copyOf(files);
        this.open = open;
        openCount = open.count();
        parts = List.of(open);
        recoveredTo = logOffsetLast();
    }

    /**
     * Opens the key index of a data folder, and makes an empty one when there is none.
     *
     * @throws Corrupt when a file is damaged: {@link #discard} it and put in the whole log
     */
    static KeyIndex open(Storage storage) {
        return open(storage, PART_ENTRIES);
    }

    static KeyIndex open(Storage storage, int partEntries) {
        List<KeyFile> files = new ArrayList<>();
        List<Long> journals = new ArrayList<>();
        List<String> names = storage.list(FOLDER);
        if (!names.isEmpty()) {
            // A process that died may have left the names of files not durable.
            storage.forceFolder(FOLDER);
        }
        for (String name : names) {
            if (name.endsWith(UNFINISHED)) {
                storage.delete(FOLDER + "/" + name);
            } else if (name.startsWith(JOURNAL)) {
                journals.add(Long.parseLong(name.substring(JOURNAL.length())));
            } else {
                files.add(KeyFile.open(storage, FOLDER + "/" + name));
            }
        }
        KeyPart part = loadJournals(storage, files, journals);
        return new KeyIndex(storage, partEntries, files, part);
    }

    /** A journal is of use only behind the newest file: earlier ones are of parts that have been sealed since. */
    private static KeyPart loadJournals(Storage storage, List<KeyFile> files, List<Long> journals) {
        long sealedTo = files.isEmpty() ? -1 : files.getLast().logOffsetLast();
        KeyPart part = new KeyPart();
        for (long first : journals) {
            String name = journalOf(first);
            if (first <= sealedTo || part.count() > 0) {
                storage.delete(name);
                continue;
            }
            try (Storage.File file = storage.open(name)) {
                KeyJournal.load(file, part);
            }
            if (part.count() == 0) {
                storage.delete(name);
            }
        }
        return part;
    }

    private static String journalOf(long logOffsetFirst) {
        return String.format(Locale.ROOT, "%s/%s%020d", FOLDER, JOURNAL, logOffsetFirst);
    }

    /** Deletes all files; the index must not be in use. */
    static void discard(Storage storage) {
        List<String> names = storage.list(FOLDER);
        names.forEach(name -> storage.delete(FOLDER + "/" + name));
        if (!names.isEmpty()) {
            storage.forceFolder(FOLDER);
        }
    }

    /**
     * The place of the newest message; -1 when there is none. The log notes {@link Cut#logOffsetLast} with its own
     * checkpoint: an index that opens with a smaller one has lost entries and must be built anew.
     */
    long logOffsetLast() {
        long last = open.logOffsetLast();
        List<KeyPart> full = parts;
        for (int i = full.size() - 2; last < 0 && i >= 0; i--) {
            last = full.get(i).logOffsetLast();
        }
        return last < 0 && !files.isEmpty() ? files.getLast().logOffsetLast() : last;
    }

    // ---- the writer

    /** Adds a key of a message; one that recovery puts in again, and that is there already, is passed over. */
    void add(long hash, long logOffset, long storeTimeMs) {
        if (logOffset <= recoveredTo) {
            return;
        }
        KeyPart part = open;
        // All keys of a message go into one part, so that a stored part never holds half a message.
        if (openCount >= partEntries && part.logOffsetLast() != logOffset) {
            part = new KeyPart();
            open = part;
            openCount = 0;
            addPart(part);
        }
        part.add(hash, logOffset, storeTimeMs);
        openCount++;
        added++;
    }

    /** About how many bytes of memory the entries take that no checkpoint has stored. */
    long unstoredBytes() {
        return (added - stored) * KeyPart.ENTRY_MEMORY;
    }

    private synchronized void addPart(KeyPart part) {
        List<KeyPart> more = new ArrayList<>(parts);
        more.add(part);
        parts = List.copyOf(more);
    }

    /** Takes what was added so far for the next checkpoint: cheap. */
    Cut cut() {
        return new Cut(parts, open.count(), logOffsetLast(), added);
    }

    /** What one checkpoint stores. */
    final class Cut {
        private final List<KeyPart> taken;
        private final int openCount;
        private final long last;
        private final long addedSoFar;

        private Cut(List<KeyPart> taken, int openCount, long last, long addedSoFar) {
            this.taken = taken;
            this.openCount = openCount;
            this.last = last;
            this.addedSoFar = addedSoFar;
        }

        /** The {@link KeyIndex#logOffsetLast} that is stored by this checkpoint. */
        long logOffsetLast() {
            return last;
        }

        /**
         * Makes what was cut durable; the log must be durable up to there already.
         *
         * @throws StorageFault when the disk refuses. The index goes on in memory, and the next cut takes these entries
         *     along; after a failed force of the journal no checkpoint succeeds any more
         */
        void store() {
            if (fault != null) {
                throw new StorageFault("no checkpoint of keys after a failed force: " + fault.getMessage(), fault);
            }
            taken.subList(0, taken.size() - 1).forEach(KeyIndex.this::seal);
            if (openCount > taken.getLast().journaled) {
                journal(taken.getLast(), openCount);
            }
            stored = addedSoFar;
        }

        /** Whether a force of the journal failed, now or ever before. */
        boolean hasFailed() {
            return fault != null;
        }
    }

    private void seal(KeyPart part) {
        String name = KeyFile.nameOf(FOLDER, part.logOffsetFirst());
        KeyFile.write(storage, name + UNFINISHED, part);
        storage.rename(name + UNFINISHED, name);
        storage.forceFolder(FOLDER);
        KeyFile sealed = KeyFile.open(storage, name);
        synchronized (this) {
            // First here, then not there: who looks meanwhile may find it twice, but never misses it.
            List<KeyFile> more = new ArrayList<>(files);
            more.add(sealed);
            files = List.copyOf(more);
            parts = parts.stream().filter(other -> other != part).toList();
        }
        if (part.journaled > 0) {
            storage.delete(journalOf(part.logOffsetFirst()));
        }
    }

    private void journal(KeyPart part, int count) {
        boolean isNew = part.journaled == 0;
        try (Storage.File file = storage.open(journalOf(part.logOffsetFirst()))) {
            long end = KeyJournal.append(file, part, count);
            force(file);
            if (isNew) {
                storage.forceFolder(FOLDER);
            }
            part.journalEnd = end;
            part.journaled = count;
        }
    }

    private void force(Storage.File file) {
        try {
            file.force();
        } catch (StorageFault e) {
            fault = e;
            throw e;
        }
    }

    // ---- any thread

    /**
     * The places of messages that may bear a key with this hash, newest first. The times are those of whole parts: the
     * caller looks at each message's time, and at its keys.
     *
     * @throws Corrupt when a file is not what was written
     */
    long[] find(long hash, long fromMs, long toMs, int countMax) {
        long[] found = new long[countMax];
        int count = 0;
        List<KeyPart> newest = parts;
        for (int i = newest.size() - 1; i >= 0; i--) {
            count = newest.get(i).find(hash, fromMs, toMs, found, count);
        }
        // A part that was sealed meanwhile was looked at already.
        long seen = newest.getFirst().count() == 0
                ? Long.MAX_VALUE
                : newest.getFirst().logOffsetFirst();
        synchronized (reading) {
            List<KeyFile> older = files;
            for (int i = older.size() - 1; i >= 0 && count < countMax; i--) {
                if (older.get(i).logOffsetFirst() < seen) {
                    count = older.get(i).find(hash, fromMs, toMs, found, count);
                }
            }
        }
        return Arrays.copyOf(found, count);
    }

    /** Tells of all unique ids of messages from this place on, in the order of the log. Not while others add. */
    void recentUnique(long logOffsetMin, Visitor visitor) {
        for (KeyFile file : files) {
            if (file.logOffsetLast() >= logOffsetMin) {
                file.forEachUnique(logOffsetMin, visitor);
            }
        }
        parts.forEach(part -> part.forEachUnique(logOffsetMin, visitor));
    }

    // ---- retention

    /** Deletes the files that speak only of messages before this place; never the newest, which says how far we are. */
    void dropBefore(long logOffsetMin) {
        List<KeyFile> gone;
        synchronized (this) {
            int count = 0;
            while (count < files.size() - 1 && files.get(count).logOffsetLast() < logOffsetMin) {
                count++;
            }
            gone = files.subList(0, count);
            files = List.copyOf(files.subList(count, files.size()));
        }
        synchronized (reading) {
            gone.forEach(file -> storage.delete(file.name()));
        }
        if (!gone.isEmpty()) {
            storage.forceFolder(FOLDER);
        }
    }
}
