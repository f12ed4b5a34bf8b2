package io.carillon.testkit;

import java.util.Arrays;

/**
 * The bytes of a file at one moment. Copies share their array until one of them changes, so that a crash state of a big
 * folder costs little.
 */
final class Image {
    private byte[] bytes;
    private int size;
    private boolean isShared;

    Image() {
        this(new byte[0], 0, false);
    }

    private Image(byte[] bytes, int size, boolean isShared) {
        this.bytes = bytes;
        this.size = size;
        this.isShared = isShared;
    }

    Image copy() {
        isShared = true;
        return new Image(bytes, size, true);
    }

    int size() {
        return size;
    }

    void write(int at, byte[] from, int fromAt, int length) {
        own(Math.max(size, at + length));
        System.arraycopy(from, fromAt, bytes, at, length);
        size = Math.max(size, at + length);
    }

    /** Cuts or grows; what is new reads as zeros. */
    void resize(int newSize) {
        if (newSize < size) {
            own(size);
            Arrays.fill(bytes, newSize, size, (byte) 0);
        } else {
            own(newSize);
        }
        size = newSize;
    }

    int read(int at, byte[] into, int intoAt, int length) {
        int count = Math.max(0, Math.min(length, size - at));
        if (count > 0) {
            System.arraycopy(bytes, at, into, intoAt, count);
        }
        return count;
    }

    /** Makes the array ours and large enough; bytes after {@link #size} are always zero. */
    private void own(int needed) {
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(needed, (int) Math.min(Integer.MAX_VALUE - 8L, size * 2L)));
            isShared = false;
        } else if (isShared) {
            bytes = bytes.clone();
            isShared = false;
        }
    }
}
