package io.carillon.rocketmq;

import io.carillon.message.Topic;
import io.carillon.nameserver.TableVersion;
import io.carillon.remoting.BadRequest;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.InflaterInputStream;

/**
 * The compressed form of a broker's registration, which Apache's brokers before 5.0 send by an option: a zlib stream of
 * length-prefixed items. Filter servers and queue mappings follow the topics; neither matters here, so they are not read.
 */
final class CompressedRegistration {
    /** A small body may inflate to a thousand times its size; no real table comes near this. */
    private static final int INFLATED_BYTES_MAX = 64 << 20;

    private static final int FIELDS_MIN = 5;

    private final DataInputStream in;
    private int bytesLeft = INFLATED_BYTES_MAX;

    private CompressedRegistration(byte[] body) {
        in = new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(body)));
    }

    static RegistrationBody read(byte[] body) {
        try {
            return new CompressedRegistration(body).read();
        } catch (IOException e) {
            throw new BadRequest("the compressed body cannot be read: " + e.getMessage());
        }
    }

    private RegistrationBody read() throws IOException {
        TableVersion version = RouteBodies.readVersion(item());
        int count = length();
        List<Topic> topics = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            topics.add(topic(new String(item(), StandardCharsets.UTF_8)));
        }
        return new RegistrationBody(version, topics, Set.of());
    }

    private byte[] item() throws IOException {
        int length = length();
        byte[] item = in.readNBytes(length);
        if (item.length < length) {
            throw new EOFException("it ends within an item");
        }
        return item;
    }

    /** A length or count that can still follow. */
    private int length() throws IOException {
        int length = in.readInt();
        bytesLeft -= Integer.BYTES;
        if (length < 0 || length > bytesLeft) {
            throw new BadRequest("the compressed body has an item or count of " + length);
        }
        bytesLeft -= length;
        return length;
    }

    /** {@code name readQueues writeQueues perm filterType [attributes as JSON]}, separated by single spaces. */
    private static Topic topic(String text) {
        String[] fields = text.split(" ", FIELDS_MIN + 1);
        if (fields.length < FIELDS_MIN) {
            throw new BadRequest("a topic of the compressed body has " + fields.length + " fields");
        }
        try {
            return new Topic(
                    RegistrationBody.checkedName(fields[0]),
                    Integer.parseUnsignedInt(fields[1]),
                    Integer.parseUnsignedInt(fields[2]),
                    Integer.parseUnsignedInt(fields[3]),
                    RegistrationBody.filterType(fields[4]),
                    0,
                    false,
                    RegistrationBody.attributes(fields.length > FIELDS_MIN ? fields[FIELDS_MIN] : "{}"));
        } catch (IllegalArgumentException e) {
            throw new BadRequest("a topic of the compressed body is wrong: " + e.getMessage());
        }
    }
}
