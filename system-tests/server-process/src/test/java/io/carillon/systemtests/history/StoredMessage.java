package io.carillon.systemtests.history;

import io.carillon.systemtests.history.Event.Key;
import io.carillon.systemtests.history.Event.Place;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * One stored message as a pull returns it, read apart from the server's own code.
 *
 * @param logOffset by which it is sent back
 * @param tries how often it was sent back before
 */
record StoredMessage(Place place, Key key, boolean intact, long storedMs, long logOffset, int tries) {
    private static final int MAGIC = 0xDAA320A7;
    private static final int BORN_HOST_IS_IPV6 = 0x10;
    private static final int STORE_HOST_IS_IPV6 = 0x20;

    /** All records of a pull's body. */
    static List<StoredMessage> all(byte[] body) {
        List<StoredMessage> all = new ArrayList<>();
        ByteBuffer records = ByteBuffer.wrap(body);
        while (records.hasRemaining()) {
            int size = records.getInt(records.position());
            all.add(one(records.slice(records.position(), size)));
            records.position(records.position() + size);
        }
        return all;
    }

    private static StoredMessage one(ByteBuffer record) {
        int crc = record.getInt(8);
        Place place = new Place(record.getInt(12), record.getLong(20));
        int sysFlag = record.getInt(36);
        int bornHostBytes = (sysFlag & BORN_HOST_IS_IPV6) == 0 ? 8 : 20;
        int storeHostBytes = (sysFlag & STORE_HOST_IS_IPV6) == 0 ? 8 : 20;
        long storedMs = record.getLong(48 + bornHostBytes);
        int tries = record.getInt(48 + bornHostBytes + 8 + storeHostBytes);
        long logOffset = record.getLong(28);
        int bodyAt = 48 + bornHostBytes + 8 + storeHostBytes + 4 + 8;
        byte[] body = new byte[record.getInt(bodyAt)];
        record.get(bodyAt + 4, body);
        boolean isWhole = record.getInt(4) == MAGIC && crc == crc(body);
        return Payload.read(body)
                .map(key -> new StoredMessage(place, key, isWhole, storedMs, logOffset, tries))
                .orElse(new StoredMessage(place, Key.FOREIGN, false, storedMs, logOffset, tries));
    }

    private static int crc(byte[] body) {
        CRC32 crc = new CRC32();
        crc.update(body);
        return (int) (crc.getValue() & 0x7FFFFFFF);
    }
}
