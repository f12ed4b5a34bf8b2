package io.carillon.log;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Looks at what replicas have in common. */
final class Replicas {
    private Replicas() {}

    /** All entries of a replica that took effect, as they stand in its log. */
    static byte[] bytes(ToyGroup.Node node) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Replica replica = node.replica();
        for (long index = replica.indexMin(); index <= replica.appliedIndex(); index++) {
            Replica.Item item = replica.item(index);
            if (item == null) {
                throw new IllegalStateException("entry " + index + " is gone");
            }
            ByteBuffer bytes = item.bytes().duplicate();
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            all.writeBytes(ByteBuffer.allocate(16)
                    .putLong(item.index())
                    .putLong(item.term())
                    .array());
            all.writeBytes(copy);
        }
        return all.toByteArray();
    }
}
