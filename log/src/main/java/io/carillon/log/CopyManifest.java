package io.carillon.log;

import io.carillon.base.CarillonException.Corrupt;
import io.carillon.base.CarillonException.NotUnderstood;
import io.carillon.base.Storage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Scanner;
import org.jspecify.annotations.Nullable;

/**
 * What is in a folder that holds a copy of a log: a sealed file whose content is text.
 *
 * <pre>
 * carillon-copy 1
 * origin WHOSE
 * range FROM TO
 * file SIZE CRC32C-IN-HEX NAME      for each file
 * </pre>
 *
 * @param origin whose log it is
 * @param from the log offset of its first byte
 * @param to the log offset of its end
 * @param files that are whole, and forced
 */
record CopyManifest(String origin, long from, long to, List<Entry> files) {
    /** Of a copy that is whole. */
    static final String WHOLE = "manifest";
    /** Of one that is being made. */
    static final String UNFINISHED = "unfinished";
    /** In a data folder that is being laid out. */
    static final String RESTORING = "restoring";

    private static final String TITLE = "carillon-copy 1";

    /** A file of the copy. */
    record Entry(String name, long size, int crc) {
        private String line() {
            return "file " + size + " " + String.format("%08x", crc) + " " + name + "\n";
        }
    }

    CopyManifest {
        if (origin.lines().count() != 1) {
            throw new IllegalArgumentException("not a name for where a copy is from: '" + origin + "'");
        }
        files = List.copyOf(files);
    }

    static boolean isOwnName(String name) {
        return name.equals(WHOLE) || name.equals(UNFINISHED) || name.equals(RESTORING);
    }

    /** The entry of this name, or null. */
    @Nullable
    Entry find(String name) {
        return files.stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    long bytes() {
        return files.stream().mapToLong(Entry::size).sum();
    }

    /** Replaces the file of that name; durable when this returns. */
    void write(Storage folder, String name) {
        StringBuilder text = new StringBuilder(TITLE + "\norigin " + origin + "\nrange " + from + " " + to + "\n");
        files.forEach(entry -> text.append(entry.line()));
        new SealedFile(folder, name).write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * What stands in the file of that name; null when there is none.
     *
     * @throws Corrupt when it is damaged
     * @throws NotUnderstood when a newer program wrote it
     */
    static @Nullable CopyManifest read(Storage folder, String name) {
        ByteBuffer content = new SealedFile(folder, name).read();
        if (content == null) {
            return null;
        }
        String text = StandardCharsets.UTF_8.decode(content).toString();
        try (Scanner lines = new Scanner(text)) {
            return parse(lines);
        } catch (NoSuchElementException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new NotUnderstood("file=" + name + ": it does not read as '" + TITLE + "'", e);
        }
    }

    private static CopyManifest parse(Scanner lines) {
        if (!lines.nextLine().equals(TITLE)) {
            throw new IllegalArgumentException("not the title");
        }
        String origin = after("origin ", lines.nextLine());
        String[] range = after("range ", lines.nextLine()).split(" ", 2);
        List<Entry> files = new ArrayList<>();
        while (lines.hasNextLine()) {
            files.add(entry(after("file ", lines.nextLine()).split(" ", 3)));
        }
        return new CopyManifest(origin, Long.parseLong(range[0]), Long.parseLong(range[1]), files);
    }

    private static Entry entry(String[] words) {
        CopiedFile checked = new CopiedFile(words[2], Long.parseLong(words[0]), true);
        return new Entry(checked.name(), checked.size(), Integer.parseUnsignedInt(words[1], 16));
    }

    private static String after(String word, String line) {
        if (!line.startsWith(word)) {
            throw new IllegalArgumentException("no line of '" + word + "'");
        }
        return line.substring(word.length());
    }
}
