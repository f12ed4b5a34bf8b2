package io.carillon.log;

import java.util.regex.Pattern;

/**
 * A file of a data folder that a copy of it has.
 *
 * @param name with its folder
 * @param size how many bytes from its beginning are copied
 * @param grows whether these bytes stay as they are for as long as the file is there; else it is replaced as a whole now
 *     and then
 */
public record CopiedFile(String name, long size, boolean grows) {
    private static final Pattern NAME = Pattern.compile("[a-z-]{1,40}(/[0-9-]{1,40})?");
    private static final Pattern SEGMENT = Pattern.compile(Segment.FOLDER + "/\\d{20}");

    /** @throws IllegalArgumentException when no file of a data folder is called so: what comes from afar is not trusted */
    public CopiedFile {
        if (!isName(name)) {
            throw new IllegalArgumentException("not a file of a data folder: '" + name + "'");
        }
        if (size < 0) {
            throw new IllegalArgumentException(name + " cannot have " + size + " bytes");
        }
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches() && !CopyManifest.isOwnName(name);
    }

    boolean isSegment() {
        return SEGMENT.matcher(name).matches();
    }

    /** The log offset of a segment's first byte. */
    long base() {
        return Long.parseLong(name.substring(Segment.FOLDER.length() + 1));
    }

    /** The folder that it is in; empty for the data folder itself. */
    static String folderOf(String name) {
        return name.substring(0, Math.max(0, name.indexOf('/')));
    }
}
