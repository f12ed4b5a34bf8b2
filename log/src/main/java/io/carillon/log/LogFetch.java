package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Copies a log into a folder. The folder is empty, or holds a copy of the same log that was not finished: what is in it is
 * checked and kept. A manifest says which files are whole; the last one is written when all are. Used once, by one thread.
 */
public final class LogFetch {
    /** So often a source is asked for what it does not have on disk yet. */
    private static final int AWAIT_MAX = 1200;
    /** So that no force of a slow disk takes so long that the source gives the copy up. */
    private static final int FORCE_BYTES = 32 << 20;

    private final Storage folder;
    private final CopySource source;
    private final CopyPace pace;
    private final boolean isOfReplicas;
    private final ByteBuffer buffer = ByteBuffer.allocate(LogCopies.PART_BYTES_MAX);

    /** @param folder where the copy goes */
    public LogFetch(Storage folder, CopySource source, CopyPace pace) {
        this(folder, source, pace, false);
    }

    /**
     * @param isOfReplicas whether the source may be another replica than the one of an earlier try: their entries are the
     *     same, but not what is behind the last one of a segment, nor other files
     */
    LogFetch(Storage folder, CopySource source, CopyPace pace, boolean isOfReplicas) {
        this.isOfReplicas = isOfReplicas;
        this.folder = folder;
        this.source = source;
        this.pace = pace;
    }

    /** Ends the copying; its message says why, and what to do. */
    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Stopped(String why) {
            super(why, null, false, false);
        }
    }

    /**
     * Copies all that is missing; durable when this returns a whole copy.
     *
     * @throws StorageFault when the folder's disk refuses: what was copied can be used when this is tried again
     * @throws Corrupt when the log that was copied is damaged
     */
    public CopyOutcome run() {
        try {
            return begin(unfinished());
        } catch (Stopped stopped) {
            return new CopyOutcome.Refused(String.valueOf(stopped.getMessage()));
        }
    }

    /** What an earlier try left, or null in an empty folder. */
    private @Nullable CopyManifest unfinished() {
        CopyManifest whole = CopyManifest.read(folder, CopyManifest.WHOLE);
        if (whole != null) {
            throw new Stopped("the folder holds a whole copy of " + whole.origin() + " already: choose an empty one");
        }
        CopyManifest unfinished = CopyManifest.read(folder, CopyManifest.UNFINISHED);
        if (unfinished == null) {
            folder.delete(CopyManifest.UNFINISHED + ".new"); // of a try that did not get further
            if (!folder.list("").isEmpty() || !folder.list(Segment.FOLDER).isEmpty()) {
                throw new Stopped("the folder is not empty, and holds no copy that was begun: choose an empty one");
            }
        }
        return unfinished;
    }

    private CopyOutcome begin(@Nullable CopyManifest unfinished) {
        switch (source.begin()) {
            case CopyEnded(String why) -> throw new Stopped(why);
            case CopyListing listing -> {
                try {
                    return copy(listing, unfinished);
                } finally {
                    source.end(listing.copy());
                }
            }
        }
    }

    private CopyOutcome copy(CopyListing listing, @Nullable CopyManifest unfinished) {
        if (unfinished != null && !unfinished.origin().equals(listing.origin())) {
            throw new Stopped("the folder holds an unfinished copy of " + unfinished.origin() + ", not of "
                    + listing.origin() + ": choose another one");
        }
        requireRoom(listing);
        pace.began(listing);
        if (unfinished != null) {
            dropOthers(listing);
        }
        List<CopyManifest.Entry> done = new ArrayList<>();
        LogCheck check = new LogCheck(listing.to());
        for (CopiedFile file : listing.files()) {
            // Until all are seen, those of the earlier try stand behind.
            note(listing, done, unfinished);
            done.add(fetch(listing, file, unfinished == null ? null : unfinished.find(file.name()), check));
        }
        return finish(listing, done);
    }

    private void requireRoom(CopyListing listing) {
        long there = listing.files().stream()
                .mapToLong(file -> folder.exists(file.name()) ? sizeOf(file) : 0)
                .sum();
        long missing = listing.bytes() - there;
        if (missing > folder.usableBytes()) {
            throw new Stopped("the copy takes " + missing + " bytes more, but only " + folder.usableBytes()
                    + " are left on the disk of the folder: make room, or choose a folder elsewhere");
        }
    }

    private long sizeOf(CopiedFile file) {
        try (Storage.Source there = folder.openAside(file.name())) {
            return Math.min(there.size(), file.size());
        }
    }

    /** What the log has dropped since the earlier try is not part of this copy. */
    private void dropOthers(CopyListing listing) {
        Set<String> wanted = new HashSet<>();
        listing.files().forEach(file -> wanted.add(file.name()));
        CopyManifest earlier = CopyManifest.read(folder, CopyManifest.UNFINISHED);
        Set<String> folders = new HashSet<>(Set.of("", Segment.FOLDER));
        if (earlier != null) {
            earlier.files().forEach(entry -> folders.add(CopiedFile.folderOf(entry.name())));
        }
        for (String one : folders) {
            for (String name : folder.list(one)) {
                String path = one.isEmpty() ? name : one + "/" + name;
                if (CopiedFile.isName(path) && !wanted.contains(path)) {
                    folder.delete(path);
                }
            }
        }
    }

    private void note(CopyListing listing, List<CopyManifest.Entry> done, @Nullable CopyManifest unfinished) {
        Map<String, CopyManifest.Entry> known = new LinkedHashMap<>();
        done.forEach(entry -> known.put(entry.name(), entry));
        if (unfinished != null) {
            unfinished.files().forEach(entry -> known.putIfAbsent(entry.name(), entry));
        }
        new CopyManifest(listing.origin(), listing.from(), listing.to(), List.copyOf(known.values()))
                .write(folder, CopyManifest.UNFINISHED);
    }

    private CopyOutcome finish(CopyListing listing, List<CopyManifest.Entry> done) {
        done.stream().map(entry -> CopiedFile.folderOf(entry.name())).distinct().forEach(folder::forceFolder);
        CopyManifest whole = new CopyManifest(listing.origin(), listing.from(), listing.to(), done);
        whole.write(folder, CopyManifest.WHOLE);
        new SealedFile(folder, CopyManifest.UNFINISHED).delete();
        return new CopyOutcome.Whole(whole.origin(), done.size(), whole.bytes(), whole.to());
    }

    // ---- one file

    private CopyManifest.Entry fetch(
            CopyListing listing, CopiedFile file, CopyManifest.@Nullable Entry known, LogCheck check) {
        CRC32C crc = new CRC32C();
        try (Storage.File into = folder.open(file.name())) {
            long at = file.grows() ? keep(listing, file, known, into, crc) : 0;
            into.truncate(at);
            pace.kept(at);
            while (at < file.size()) {
                int length = (int) Math.min(LogCopies.PART_BYTES_MAX, file.size() - at);
                byte[] bytes = part(listing, file, at, length, true).bytes();
                crc.update(bytes);
                into.write(at, ByteBuffer.wrap(bytes));
                at += length;
                if (at % FORCE_BYTES < length) {
                    into.force();
                }
                pace.took(length);
            }
            into.force();
        }
        if (file.isSegment()) {
            checkEntries(file, check);
        }
        return new CopyManifest.Entry(file.name(), file.size(), (int) crc.getValue());
    }

    private void checkEntries(CopiedFile file, LogCheck check) {
        try (Storage.File segment = folder.open(file.name())) {
            check.segment(segment, file.base());
        }
    }

    /** How much of the file is there already and right; all of that is in the checksum. */
    private long keep(
            CopyListing listing, CopiedFile file, CopyManifest.@Nullable Entry known, Storage.File there, CRC32C crc) {
        if (!isOfReplicas && known != null && known.size() <= Math.min(file.size(), there.size())) {
            long at = 0;
            int last = 0;
            while (at < known.size()) {
                last = (int) Math.min(LogCopies.PART_BYTES_MAX, known.size() - at);
                crc.update(read(there, at, last));
                at += last;
            }
            if ((int) crc.getValue() == known.crc()) {
                requireSame(listing, file, there, at - last, last);
                return at;
            }
            crc.reset(); // it was damaged since: what is right of it is found out part by part
        }
        return keepParts(listing, file, there, crc);
    }

    /** One part is enough: within one log, what was whole once does not change. */
    private void requireSame(CopyListing listing, CopiedFile file, Storage.File there, long at, int length) {
        if (crcOf(read(there, at, length))
                != part(listing, file, at, length, false).crc()) {
            throw new Stopped("the unfinished copy in the folder is of another log of the same name: " + file.name()
                    + " differs; choose another folder");
        }
    }

    private long keepParts(CopyListing listing, CopiedFile file, Storage.File there, CRC32C crc) {
        long size = Math.min(file.size(), there.size());
        long at = 0;
        while (at < size) {
            int length = (int) Math.min(LogCopies.PART_BYTES_MAX, size - at);
            ByteBuffer bytes = read(there, at, length);
            if (crcOf(bytes.duplicate())
                    != part(listing, file, at, length, false).crc()) {
                return at;
            }
            crc.update(bytes);
            at += length;
        }
        return at;
    }

    private ByteBuffer read(Storage.File file, long at, int length) {
        file.read(at, buffer.clear().limit(length));
        return buffer.flip();
    }

    private static int crcOf(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /** A part whose bytes, if they were wanted, are what the source read. */
    private CopyAnswer.Part part(CopyListing listing, CopiedFile file, long at, int length, boolean withBytes) {
        for (int i = 0; i < AWAIT_MAX; i++) {
            switch (source.part(listing.copy(), file, at, length, withBytes)) {
                case CopyAnswer.Part part -> {
                    boolean isWhole = part.bytes().length == (withBytes ? length : 0);
                    if (!isWhole || (withBytes && crcOf(ByteBuffer.wrap(part.bytes())) != part.crc())) {
                        throw new Stopped("what came of " + file.name() + " was damaged on the way; try again");
                    }
                    return part;
                }
                case CopyAnswer.NotYet _ -> pace.await();
                case CopyEnded(String why) -> throw new Stopped(why + "; what was copied so far is kept: try again");
            }
        }
        throw new Stopped("the server does not get its log to disk; try again later");
    }
}
