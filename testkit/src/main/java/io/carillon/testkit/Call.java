package io.carillon.testkit;

/**
 * One call of the storage.
 *
 * @param number counted over all kinds, from 1
 * @param kind what was asked
 * @param name of the file or folder
 * @param position in the file; 0 where there is none
 * @param bytes how many; 0 where there are none
 */
public record Call(long number, Kind kind, String name, long position, long bytes) {
    /** The calls that a storage knows. */
    public enum Kind {
        OPEN,
        READ,
        WRITE,
        FORCE,
        TRUNCATE,
        MAP,
        RENAME,
        DELETE,
        FORCE_FOLDER,
        LIST;

        /** Whether a crash after this call may find something else than a crash before it. */
        public boolean isChange() {
            return this != READ && this != MAP && this != LIST;
        }
    }
}
