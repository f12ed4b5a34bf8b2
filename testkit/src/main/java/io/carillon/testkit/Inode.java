package io.carillon.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One file's content: what a power loss surely leaves, and the changes since, in order. A change is durable once it
 * was forced; after a failed force the changes before it are in doubt for ever.
 */
final class Inode {
    private enum Fate {
        PENDING,
        IN_DOUBT,
        DURABLE
    }

    /** Bytes at a position, or (with no bytes) a new size. */
    private static final class Change {
        final int at;
        final byte[] bytes;
        final boolean isResize;
        Fate fate = Fate.PENDING;

        Change(int at, byte[] bytes, boolean isResize) {
            this.at = at;
            this.bytes = bytes;
            this.isResize = isResize;
        }

        void applyTo(Image image) {
            if (isResize) {
                image.resize(at);
            } else {
                image.write(at, bytes, 0, bytes.length);
            }
        }

        /** Applies what falls into {@code [from, to)}, and never changes the size. */
        void applyTo(byte[] sector, int from, int to) {
            if (isResize) {
                for (int i = Math.max(from, at); i < to; i++) {
                    sector[i - from] = 0;
                }
                return;
            }
            int start = Math.max(from, at);
            int end = Math.min(to, at + bytes.length);
            if (start < end) {
                System.arraycopy(bytes, start - at, sector, start - from, end - start);
            }
        }

        boolean touches(int from, int to) {
            return isResize ? at < to : at < to && at + bytes.length > from;
        }

        boolean isWithin(int from, int to) {
            return at >= from && at + bytes.length <= to;
        }

        /** The same change in parts, of which each is within the range or without. */
        List<Change> cut(int from, int to) {
            if (isResize || isWithin(from, to) || !touches(from, to)) {
                return List.of(this);
            }
            List<Change> parts = new ArrayList<>();
            int end = at + bytes.length;
            int[] cuts = {at, Math.clamp(from, at, end), Math.clamp(to, at, end), end};
            for (int i = 0; i + 1 < cuts.length; i++) {
                if (cuts[i] < cuts[i + 1]) {
                    parts.add(new Change(cuts[i], Arrays.copyOfRange(bytes, cuts[i] - at, cuts[i + 1] - at), false));
                }
            }
            return parts;
        }

        int sizeAfter(int size) {
            return isResize ? at : Math.max(size, at + bytes.length);
        }
    }

    private final Image current;
    private final Image durable;
    private final List<Change> changes = new ArrayList<>();
    private final List<Mapping> mappings = new ArrayList<>();
    private boolean isAnyInDoubt;

    Inode() {
        this(new Image());
    }

    private Inode(Image image) {
        current = image;
        durable = image.copy();
    }

    int size() {
        return current.size();
    }

    void write(int at, byte[] bytes) {
        change(new Change(at, bytes, false));
        for (Mapping mapping : mappings) {
            mapping.show(at, bytes);
        }
    }

    void resize(int size) {
        change(new Change(size, new byte[0], true));
    }

    private void change(Change change) {
        changes.add(change);
        change.applyTo(current);
    }

    int read(int at, byte[] into, int length) {
        return current.read(at, into, 0, length);
    }

    Mapping map(int size) {
        byte[] bytes = new byte[size];
        current.read(0, bytes, 0, size);
        Mapping mapping = new Mapping(bytes);
        mappings.add(mapping);
        return mapping;
    }

    void unmap(Mapping mapping) {
        mapping.close();
        mappings.remove(mapping);
    }

    void force() {
        if (!isAnyInDoubt) {
            changes.forEach(change -> change.applyTo(durable));
            changes.clear();
            return;
        }
        for (Change change : changes) {
            if (change.fate == Fate.PENDING) {
                change.fate = Fate.DURABLE;
            }
        }
    }

    /** Forces the bytes in {@code [from, to)} alone, and what size the file was given. */
    void force(int from, int to) {
        List<Change> unforced = new ArrayList<>();
        for (Change change : changes) {
            if (change.fate == Fate.PENDING) {
                change.cut(from, to).forEach(part -> force(part, from, to, unforced));
            } else {
                unforced.add(change);
            }
        }
        changes.clear();
        changes.addAll(unforced);
    }

    private void force(Change part, int from, int to, List<Change> unforced) {
        if (!part.isResize && !part.isWithin(from, to)) {
            unforced.add(part);
        } else if (isAnyInDoubt) {
            part.fate = Fate.DURABLE;
            unforced.add(part);
        } else {
            part.applyTo(durable);
        }
    }

    /** The kernel has dropped what it could not write, or not: nobody will ever know. */
    void failForce() {
        for (Change change : changes) {
            if (change.fate == Fate.PENDING) {
                change.fate = Fate.IN_DOUBT;
                isAnyInDoubt = true;
            }
        }
    }

    /** Changes bytes behind the back of everybody; they read so from now on, and after a power loss. */
    void corrupt(int at, byte[] bytes) {
        current.write(at, bytes, 0, bytes.length);
        durable.write(at, bytes, 0, bytes.length);
        mappings.forEach(mapping -> mapping.show(at, bytes));
    }

    /** This file as a power loss leaves it; this one does not change. */
    Inode afterLoss(Loss loss) {
        if (changes.isEmpty()) {
            return new Inode(durable.copy());
        }
        Image found = durable.copy();
        int size = sizeAfterLoss(loss);
        int sectorBytes = loss.sectorBytes();
        found.resize(size);
        byte[] sector = new byte[sectorBytes];
        for (int at = 0; at < size; at += sectorBytes) {
            int length = Math.min(sectorBytes, size - at);
            if (isTouched(at, at + length)) {
                lose(at, sector, loss);
                found.write(at, sector, 0, length);
            }
        }
        return new Inode(found);
    }

    private boolean isTouched(int from, int to) {
        return changes.stream().anyMatch(change -> change.touches(from, to));
    }

    private int sizeAfterLoss(Loss loss) {
        int size = durable.size();
        List<Change> kept = kept(loss, 0, Integer.MAX_VALUE);
        for (Change change : kept) {
            size = change.sizeAfter(size);
        }
        return size;
    }

    /** Fills in the sector as some version of it stood; one that never reached the disk holds the loss's filler. */
    private void lose(int at, byte[] sector, Loss loss) {
        Arrays.fill(sector, (byte) 0);
        List<Change> kept = kept(loss, at, at + sector.length);
        if (kept.isEmpty() && durable.size() <= at) {
            for (int i = 0; i < sector.length; i++) {
                sector[i] = loss.filler();
            }
            return;
        }
        durable.read(at, sector, 0, sector.length);
        kept.forEach(change -> change.applyTo(sector, at, at + sector.length));
    }

    /** The changes to a range that survive: the forced ones, of those in doubt any, of the others a first part. */
    private List<Change> kept(Loss loss, int from, int to) {
        List<Change> kept = new ArrayList<>();
        List<Change> pending = new ArrayList<>();
        for (Change change : changes) {
            if (!change.touches(from, to)) {
                continue;
            }
            switch (change.fate) {
                case DURABLE -> kept.add(change);
                case IN_DOUBT -> {
                    if (loss.isKept()) {
                        kept.add(change);
                    }
                }
                case PENDING -> pending.add(change);
            }
        }
        if (!pending.isEmpty()) {
            kept.addAll(pending.subList(0, loss.version(pending.size())));
        }
        return kept;
    }
}
