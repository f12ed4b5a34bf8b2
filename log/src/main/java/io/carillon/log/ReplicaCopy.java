package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A copy of another replica's log that is made beside this one's, while this one is open, in a folder of its data folder.
 * It replaces this one's log when that is opened the next time. Whenever a crash comes, the old log or the new one is
 * there, or what is needed to go on.
 */
public final class ReplicaCopy {
    private static final Logger LOG = System.getLogger(ReplicaCopy.class.getName());
    static final String FOLDER = "copy";
    /** From then on the copy replaces what is there; names the other folders whose files are of the old log. */
    private static final String DECIDED = "decided";
    /** The log is damaged and is set aside when it is opened the next time; says whose it is, and why. */
    private static final String CONDEMNED = "condemned";
    /** What nobody could make anew of a log that was set aside, until a copy takes its place: it may turn out to be the last. */
    static final String ASIDE = "aside";

    private final Storage copy;
    private final Supplier<List<String>> folders;

    /** @param folders those that belong to the log beside its own */
    ReplicaCopy(Storage data, Supplier<List<String>> folders) {
        this.copy = new FolderOf(data, FOLDER);
        this.folders = folders;
    }

    /**
     * Copies what is missing; what an earlier try brought is kept. Durable when this returns a whole copy. One thread.
     *
     * @throws StorageFault when the disk refuses
     * @throws Corrupt when what came is damaged
     */
    public CopyOutcome fetch(CopySource source, CopyPace pace) {
        if (copy.exists(CopyManifest.WHOLE)) {
            // Nobody decided on it, and this log may have got more since: it is brought up to what the source has now.
            copy.rename(CopyManifest.WHOLE, CopyManifest.UNFINISHED);
            copy.forceFolder("");
        }
        return new LogFetch(copy, source, pace, true).run();
    }

    /**
     * The whole copy replaces this log when it is opened the next time; durable when this returns. The caller knows that the
     * copy has all that this replica ever told others to have, and that its log gets nothing more.
     */
    public void decide() {
        if (!copy.exists(CopyManifest.WHOLE)) {
            throw new IllegalStateException("the copy is not whole");
        }
        byte[] names = String.join("\n", folders.get()).getBytes(StandardCharsets.UTF_8);
        new SealedFile(copy, DECIDED).write(ByteBuffer.wrap(names));
    }

    /** Whether the next opening of the log replaces it. */
    public boolean isDecided() {
        return copy.exists(DECIDED);
    }

    /** Gives up a copy that is not decided on. */
    public void drop() {
        CopyManifest manifest = CopyManifest.read(copy, CopyManifest.WHOLE);
        Set<String> names = new HashSet<>(Set.of("", Segment.FOLDER));
        names.addAll(folders.get());
        if (manifest != null) {
            names.addAll(foldersOf(manifest));
        }
        copy.delete(CopyManifest.WHOLE);
        copy.forceFolder("");
        names.forEach(folder -> clear(copy, folder));
    }

    /**
     * This log is damaged: when it is opened the next time it is set aside, as {@link #setAside} does it. Durable when this
     * returns. The caller knows that others have what this one has, and that it has no vote any more.
     *
     * @param origin the name of the group
     * @param why for people
     */
    public void condemn(String origin, String why) {
        condemn(copy, origin, why);
    }

    private static void condemn(Storage copy, String origin, String why) {
        new SealedFile(copy, CONDEMNED).write(ByteBuffer.wrap((origin + "\n" + why).getBytes(StandardCharsets.UTF_8)));
    }

    // ---- when the log is not open

    /**
     * Whether others have what was acknowledged of the log in this folder: one that this process had for itself is the only
     * one, and must not be set aside. Nothing else may have the folder open.
     *
     * @param hasOtherVoters whether nothing is acknowledged without another replica, once this entry says who the replicas are
     */
    public static boolean isHeldByOthers(Storage data, Predicate<Replica.Item> hasOtherVoters) {
        Storage copy = new FolderOf(data, FOLDER);
        ReplicaFile file = new ReplicaFile(data);
        ReplicaFile.Content known = knownOrNone(file);
        if (known == null) {
            return file.isThere();
        }
        List<Replica.Item> configurations = known.configurations();
        return configurations.isEmpty()
                ? Stream.of(CopyManifest.UNFINISHED, CopyManifest.WHOLE, CopyManifest.RESTORING)
                        .anyMatch(copy::exists)
                : hasOtherVoters.test(configurations.getLast());
    }

    /** Sets the log aside if it was condemned; goes on where an earlier try ended. */
    static void setAsideCondemned(Storage data) {
        SealedFile file = new SealedFile(new FolderOf(data, FOLDER), CONDEMNED);
        ByteBuffer condemned = file.read();
        if (condemned != null) {
            String[] originAndWhy =
                    StandardCharsets.UTF_8.decode(condemned).toString().split("\n", 2);
            moveAside(data, originAndWhy[0], originAndWhy[1]);
            file.delete();
        }
    }

    /**
     * Sets the log of a replica aside, which is damaged: it opens empty then, without a vote, until what others have is copied.
     * What is intact of it need not be copied again. Nothing else may have the folder open. When a crash comes, the next opening
     * goes on with it.
     *
     * @param origin the name of the group
     * @param why for people
     */
    public static void setAside(Storage data, String origin, String why) {
        condemn(new FolderOf(data, FOLDER), origin, why);
        setAsideCondemned(data);
    }

    private static void moveAside(Storage data, String origin, String why) {
        ReplicaFile file = new ReplicaFile(data);
        ReplicaFile.Content known = knownOrNone(file);
        keepAside(data, known);
        file.write(new ReplicaFile.Content(
                1, known == null || known.noVote().isEmpty() ? why : known.noVote(), "", List.of()));
        LOG.log(Level.ERROR, "the log of this replica is set aside, and copied from another one: {0}", why);
        Storage copy = new FolderOf(data, FOLDER);
        if (CopyManifest.read(copy, CopyManifest.UNFINISHED) == null) {
            copy.delete(CopyManifest.WHOLE);
            new CopyManifest(origin, 0, 0, List.of()).write(copy, CopyManifest.UNFINISHED);
        }
        for (String name : data.list(Segment.FOLDER)) {
            String path = Segment.FOLDER + "/" + name;
            if (CopiedFile.isName(path) && !copy.exists(path)) {
                copy.open(path).close(); // so that its folder is there
                data.rename(path, FOLDER + "/" + path);
            }
        }
        copy.forceFolder(Segment.FOLDER);
        discard(data, Set.of(Segment.FOLDER));
    }

    /** All else is derived from the log. Whoever finds no other copy can put them back, and the segments. */
    private static void keepAside(Storage data, ReplicaFile.@Nullable Content known) {
        Storage aside = new FolderOf(data, ASIDE);
        if (known != null && !aside.exists(ReplicaFile.FILE)) {
            new ReplicaFile(aside).write(known);
        }
        for (String name : List.of(Checkpoint.STATE_FILE, QueueEnds.FILE)) {
            if (data.exists(name) && !aside.exists(name)) {
                aside.open(name).close(); // so that its folder is there
                data.rename(name, ASIDE + "/" + name);
                aside.forceFolder("");
            }
        }
    }

    private static ReplicaFile.@Nullable Content knownOrNone(ReplicaFile file) {
        try {
            return file.read();
        } catch (Corrupt damaged) {
            return null; // it is written anew
        }
    }

    /** Replaces the log by the copy that was decided on, if there is one; goes on where an earlier try ended. */
    static void layOut(Storage data) {
        Storage copy = new FolderOf(data, FOLDER);
        if (copy.exists(DECIDED) && copy.exists(CopyManifest.WHOLE)) {
            CopyManifest manifest = manifest(copy, CopyManifest.WHOLE);
            Set<String> old = new HashSet<>(foldersOf(manifest));
            old.addAll(decidedFolders(copy));
            discard(data, old);
            copy.rename(CopyManifest.WHOLE, CopyManifest.RESTORING);
            copy.forceFolder("");
        }
        if (copy.exists(CopyManifest.RESTORING)) {
            move(copy, data, manifest(copy, CopyManifest.RESTORING));
            clear(data, ASIDE);
            new SealedFile(copy, DECIDED).delete();
            new SealedFile(copy, CopyManifest.RESTORING).delete();
        }
    }

    private static CopyManifest manifest(Storage copy, String name) {
        CopyManifest manifest = CopyManifest.read(copy, name);
        if (manifest == null) {
            throw new Corrupt("file=" + FOLDER + "/" + name + ": it is gone");
        }
        return manifest;
    }

    private static List<String> decidedFolders(Storage copy) {
        ByteBuffer names = new SealedFile(copy, DECIDED).read();
        return names == null
                ? List.of()
                : StandardCharsets.UTF_8.decode(names).toString().lines().toList();
    }

    /** Of the data folder itself only what is the log's: the settings that were changed are there, too. */
    private static void discard(Storage data, Set<String> folders) {
        for (String name : List.of(ForcedMark.FILE, Checkpoint.INDEX_FILE, Checkpoint.STATE_FILE, QueueEnds.FILE)) {
            data.delete(name);
        }
        data.forceFolder("");
        QueueIndex.discard(data);
        KeyIndex.discard(data);
        folders.stream().filter(folder -> !folder.isEmpty()).forEach(folder -> clear(data, folder));
        clear(data, Segment.FOLDER);
    }

    private static void clear(Storage storage, String folder) {
        List<String> names = storage.list(folder);
        names.forEach(name -> storage.delete(folder.isEmpty() ? name : folder + "/" + name));
        if (!names.isEmpty()) {
            storage.forceFolder(folder);
        }
    }

    private static Set<String> foldersOf(CopyManifest manifest) {
        Set<String> folders = new HashSet<>();
        manifest.files().forEach(entry -> folders.add(CopiedFile.folderOf(entry.name())));
        return folders;
    }

    private static void move(Storage copy, Storage data, CopyManifest manifest) {
        for (CopyManifest.Entry entry : manifest.files()) {
            if (copy.exists(entry.name())) {
                moveOne(copy, data, new CopiedFile(entry.name(), entry.size(), true));
            }
        }
        foldersOf(manifest).forEach(data::forceFolder);
        ReplicaFile file = new ReplicaFile(data);
        ReplicaFile.Content content = file.read();
        if (content == null) {
            throw new Corrupt("file=" + ReplicaFile.FILE + ": the copy lacks it: it is not one of a replica");
        }
        file.write(content.withUnforced("").withNoVote(""));
        LOG.log(Level.INFO, "the log was replaced by the copy of another replica: to={0,number,#}", manifest.to());
    }

    private static void moveOne(Storage copy, Storage data, CopiedFile moved) {
        if (moved.isSegment()) {
            try (Storage.File segment = copy.open(moved.name())) {
                LogRestore.growToCapacity(segment, moved.base());
                segment.force();
            }
        }
        if (!CopiedFile.folderOf(moved.name()).isEmpty()
                && data.list(CopiedFile.folderOf(moved.name())).isEmpty()) {
            data.open(moved.name()).close(); // so that its folder is there
        }
        data.rename(FOLDER + "/" + moved.name(), moved.name());
    }
}
