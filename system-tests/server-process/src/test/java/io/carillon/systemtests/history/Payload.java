package io.carillon.systemtests.history;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.carillon.systemtests.history.Event.Key;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;

/** A message body that says which message it is and carries its own checksum: {@code n 8, name 1 + k, noise, crc 4}. */
final class Payload {
    private Payload() {}

    static byte[] of(Key key, int noiseBytes, RandomGenerator random) {
        byte[] name = key.stream().getBytes(UTF_8);
        byte[] noise = new byte[noiseBytes];
        random.nextBytes(noise);
        ByteBuffer body = ByteBuffer.allocate(9 + name.length + noiseBytes + 4);
        body.putLong(key.n()).put((byte) name.length).put(name).put(noise);
        body.putInt(crc(body.array(), body.position()));
        return body.array();
    }

    /** The message that this body belongs to; empty when the checksum does not hold. */
    static Optional<Key> read(byte[] body) {
        if (body.length < 13 || ByteBuffer.wrap(body).getInt(body.length - 4) != crc(body, body.length - 4)) {
            return Optional.empty();
        }
        return Optional.of(new Key(
                new String(body, 9, body[8], UTF_8), ByteBuffer.wrap(body).getLong()));
    }

    private static int crc(byte[] bytes, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
