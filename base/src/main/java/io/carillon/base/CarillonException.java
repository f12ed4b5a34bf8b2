package io.carillon.base;

import org.jspecify.annotations.Nullable;

/** What should not happen while we serve: a fault with a stable code and the facts in its message. */
public abstract sealed class CarillonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;

    private CarillonException(String code, String facts, @Nullable Throwable cause) {
        super(code + ": " + facts, cause);
        this.code = code;
    }

    /** The stable code that documentation and metrics use, such as {@code storage_fault}. */
    public String code() {
        return code;
    }

    /** The disk refused: a read, a write, a force or a mapping failed. */
    public static final class StorageFault extends CarillonException {
        private static final long serialVersionUID = 1L;
        private final boolean diskFull;

        public StorageFault(String facts, @Nullable Throwable cause) {
            this(facts, cause, false);
        }

        public StorageFault(String facts, @Nullable Throwable cause, boolean diskFull) {
            super(diskFull ? "disk_full" : "storage_fault", facts, cause);
            this.diskFull = diskFull;
        }

        /** Whether the cause is a lack of room, which may pass by itself. */
        public boolean isDiskFull() {
            return diskFull;
        }
    }

    /** Bytes that were surely written do not read back as what was written: file and offset are in the message. */
    public static final class Corrupt extends CarillonException {
        private static final long serialVersionUID = 1L;

        public Corrupt(String facts) {
            super("corrupt", facts, null);
        }

        public Corrupt(String facts, Throwable cause) {
            super("corrupt", facts, cause);
        }
    }

    /**
     * Bytes that are intact, but that this program cannot read: a newer one wrote them. It can be told from damage by the
     * checksum, and must be: no other copy of them would read any better.
     */
    public static final class NotUnderstood extends CarillonException {
        private static final long serialVersionUID = 1L;

        public NotUnderstood(String facts) {
            this(facts, null);
        }

        public NotUnderstood(String facts, @Nullable Throwable cause) {
            super("not_understood", facts + ". Was it written by a newer version?", cause);
        }
    }

    /** The part that was asked is closed, or closed itself after a fault. */
    public static final class Closed extends CarillonException {
        private static final long serialVersionUID = 1L;

        public Closed(String facts) {
            super("closed", facts, null);
        }
    }

    /** Something elsewhere that this process cannot do without does not answer: it may later. */
    public static final class Unreachable extends CarillonException {
        private static final long serialVersionUID = 1L;

        public Unreachable(String facts, Throwable cause) {
            super("unreachable", facts, cause);
        }
    }

    /** A setting is unknown, out of range or contradicts another; the message says what to write instead. */
    public static final class BadConfig extends CarillonException {
        private static final long serialVersionUID = 1L;

        public BadConfig(String facts) {
            super("bad_config", facts, null);
        }
    }
}
