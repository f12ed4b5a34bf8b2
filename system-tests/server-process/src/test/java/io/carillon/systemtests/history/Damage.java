package io.carillon.systemtests.history;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/** A byte of a file that is another one, for a while. */
record Damage(Path file, long position, byte before) {

    /** Changes some bits of one byte. */
    static Damage flip(Path file, long position, Random random) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(1);
        try (FileChannel channel = FileChannel.open(file)) {
            channel.read(one, position);
        }
        byte before = one.get(0);
        write(file, position, (byte) (before ^ (1 + random.nextInt(255))));
        return new Damage(file, position, before);
    }

    private static void write(Path file, long position, byte value) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {value}), position);
        }
    }

    /** Changes them back. */
    void undo() throws IOException {
        write(file, position, before);
    }
}
