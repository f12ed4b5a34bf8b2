package io.carillon.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The names of all files: what a power loss surely leaves of them, and the changes since, each until its folder is forced. */
final class Folder {
    /** A link of a name to a file, or (with no file) its removal; a renaming removes {@code from} as well. */
    private record Change(
            String name, @Nullable Inode file, @Nullable String from) {
        boolean isIn(String folder) {
            return folderOf(name).equals(folder)
                    || (from != null && folderOf(from).equals(folder));
        }

        void applyTo(Map<String, Inode> names) {
            if (from != null && names.get(from) == file) {
                names.remove(from);
            }
            if (file == null) {
                names.remove(name);
            } else {
                names.put(name, file);
            }
        }
    }

    private final SortedMap<String, Inode> current = new TreeMap<>();
    private final Map<String, Inode> durable = new HashMap<>();
    private final List<Change> changes = new ArrayList<>();

    static String folderOf(String name) {
        int slash = name.lastIndexOf('/');
        return slash < 0 ? "" : name.substring(0, slash);
    }

    @Nullable
    Inode find(String name) {
        return current.get(name);
    }

    List<String> list(String folder) {
        List<String> names = new ArrayList<>();
        for (String name : current.keySet()) {
            if (folderOf(name).equals(folder)) {
                names.add(name.substring(folder.isEmpty() ? 0 : folder.length() + 1));
            }
        }
        return names;
    }

    Inode create(String name) {
        Inode file = new Inode();
        change(new Change(name, file, null));
        return file;
    }

    void delete(String name) {
        change(new Change(name, null, null));
    }

    void rename(String from, String to, Inode file) {
        change(new Change(to, file, from));
    }

    private void change(Change change) {
        change.applyTo(current);
        changes.add(change);
    }

    void force(String folder) {
        changes.removeIf(change -> {
            boolean isForced = change.isIn(folder);
            if (isForced) {
                change.applyTo(durable);
            }
            return isForced;
        });
    }

    long bytes() {
        return current.values().stream().mapToLong(Inode::size).sum();
    }

    Map<String, Inode> files() {
        return current;
    }

    /** The names and files as a power loss leaves them; this folder does not change. */
    Folder afterLoss(Loss loss) {
        Map<String, Inode> names = new TreeMap<>(durable);
        for (Change change : changes) {
            if (loss.isKept()) {
                change.applyTo(names);
            }
        }
        Folder found = new Folder();
        Map<Inode, Inode> files = new HashMap<>();
        names.forEach((name, file) -> {
            Inode left = files.computeIfAbsent(file, f -> f.afterLoss(loss));
            found.current.put(name, left);
            found.durable.put(name, left);
        });
        return found;
    }
}
