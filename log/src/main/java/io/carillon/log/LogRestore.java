package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Lays out a data folder from a whole copy of a log, and checks every checksum on the way: those of the manifest, and those
 * of the log's entries. As long as that is not done, no log opens in the folder.
 */
public final class LogRestore {
    private final Storage copy;
    private final Storage data;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);

    /**
     * @param copy where a {@link LogFetch} made a copy
     * @param data a folder in which nothing but a file {@code lock} is, or what an earlier restore left
     */
    public LogRestore(Storage copy, Storage data) {
        this.copy = copy;
        this.data = data;
    }

    /**
     * Lays out everything; durable when this returns that it is whole.
     *
     * @throws Corrupt when the copy is damaged: names the file
     * @throws StorageFault when a disk refuses
     */
    public CopyOutcome run() {
        CopyManifest manifest = CopyManifest.read(copy, CopyManifest.WHOLE);
        String obstacle = manifest == null ? whyNoCopy() : whyNotInto(manifest);
        if (manifest == null || obstacle != null) {
            return new CopyOutcome.Refused(String.valueOf(obstacle));
        }
        clear(folders(manifest));
        manifest.write(data, CopyManifest.RESTORING);
        LogCheck check = new LogCheck(manifest.to());
        // What is restored is the log of one process, whoever else had it.
        manifest.files().stream()
                .filter(entry -> !entry.name().equals(ReplicaFile.FILE))
                .forEach(entry -> layOut(entry, check));
        folders(manifest).forEach(data::forceFolder);
        new SealedFile(data, CopyManifest.RESTORING).delete();
        return new CopyOutcome.Whole(manifest.origin(), manifest.files().size(), manifest.bytes(), manifest.to());
    }

    /** @throws Corrupt when the folder is one that is not laid out to the end */
    static void requireDone(Storage data) {
        if (data.exists(CopyManifest.RESTORING)) {
            throw new Corrupt("file=" + CopyManifest.RESTORING
                    + ": a restore into this folder was not finished; do it again, or empty the folder");
        }
    }

    private String whyNoCopy() {
        return copy.exists(CopyManifest.UNFINISHED)
                ? "the copy is not finished: make the backup again into the same folder, it goes on where it stopped"
                : "there is no copy in the folder: it has no file " + CopyManifest.WHOLE;
    }

    private @Nullable String whyNotInto(CopyManifest manifest) {
        data.delete(CopyManifest.RESTORING + ".new"); // of a try that did not get further
        if (!data.exists(CopyManifest.RESTORING) && !isEmpty(manifest)) {
            return "the data folder is not empty: nothing is ever restored over something else";
        }
        if (manifest.bytes() > data.usableBytes()) {
            return "the copy has " + manifest.bytes() + " bytes, but only " + data.usableBytes()
                    + " are left on the disk of the data folder";
        }
        return null;
    }

    private boolean isEmpty(CopyManifest manifest) {
        return folders(manifest).stream()
                .flatMap(folder -> data.list(folder).stream())
                .allMatch("lock"::equals);
    }

    private static Set<String> folders(CopyManifest manifest) {
        Set<String> folders = new HashSet<>(Set.of("", Segment.FOLDER));
        manifest.files().forEach(entry -> folders.add(CopiedFile.folderOf(entry.name())));
        return folders;
    }

    /** Deletes what an earlier try left; the mark of that stays until the one of this try replaces it. */
    private void clear(Set<String> folders) {
        CopyManifest earlier = CopyManifest.read(data, CopyManifest.RESTORING);
        if (earlier != null) {
            folders.addAll(folders(earlier));
        }
        for (String folder : folders) {
            List<String> names = new ArrayList<>(data.list(folder));
            names.removeIf(name -> folder.isEmpty() && (name.equals("lock") || name.equals(CopyManifest.RESTORING)));
            names.forEach(name -> data.delete(folder.isEmpty() ? name : folder + "/" + name));
        }
    }

    private void layOut(CopyManifest.Entry entry, LogCheck check) {
        if (!copy.exists(entry.name())) {
            throw new Corrupt("file=" + entry.name() + ": the copy lacks it");
        }
        CopiedFile known = new CopiedFile(entry.name(), entry.size(), true);
        try (Storage.Source from = copy.openAside(entry.name());
                Storage.File into = data.open(entry.name())) {
            if (copied(from, into) != entry.crc() || from.size() != entry.size()) {
                throw new Corrupt("file=" + entry.name()
                        + ": the copy is damaged, its size or checksum is not the one of" + " the manifest");
            }
            if (known.isSegment()) {
                growToCapacity(into, known.base());
            }
            into.force();
        }
        if (known.isSegment()) {
            try (Storage.File segment = data.open(entry.name())) {
                check.segment(segment, known.base());
            }
        }
    }

    /** Returns the checksum of what was copied. */
    private int copied(Storage.Source from, Storage.File into) {
        CRC32C crc = new CRC32C();
        long at = 0;
        while (from.read(at, buffer.clear()) > 0) {
            buffer.flip();
            crc.update(buffer.duplicate());
            int length = buffer.remaining();
            into.write(at, buffer);
            at += length;
        }
        return (int) crc.getValue();
    }

    /** The last segment of a copy ends where the log does; a log's files are as long as they say. */
    static void growToCapacity(Storage.File segment, long base) {
        long capacity = Segment.capacityOf(segment, base);
        if (segment.size() < capacity) {
            segment.write(capacity - 1, ByteBuffer.allocate(1));
        }
    }
}
