package io.carillon.rocketmq;

import io.carillon.base.HotPath;
import io.carillon.broker.produce.DelayMarks;
import io.carillon.broker.produce.ProduceService;
import io.carillon.log.AppendBatch;
import io.carillon.message.MessageRecord;
import io.carillon.remoting.FrameWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Writes what the sender of one stored message is told. Reused; one thread. */
@HotPath
final class SendAnswer {
    private static final int UNIQUE_BYTES_MAX = 128;

    private final ProduceService produce;
    private final OffsetId offsetId = new OffsetId();
    private final HandleWriter handles;
    private final byte[] unique = new byte[UNIQUE_BYTES_MAX];

    SendAnswer(ProduceService produce) {
        this.produce = produce;
        handles = new HandleWriter(produce.brokerName());
    }

    /**
     * @param uniqueAt where the unique id stands in the records' bytes
     * @param isRecallable whether the sender gets a handle when the message is due later
     */
    void writeOne(
            FrameWriter writer, AppendBatch records, int record, int uniqueAt, int uniqueLength, boolean isRecallable) {
        writePlace(writer, records, record);
        byte[] id = offsetId.of(produce.storeHostBytes(), records.logOffset(record));
        writer.extAscii("msgId", id, id.length);
        int length = Math.min(uniqueLength, UNIQUE_BYTES_MAX);
        MemorySegment.copy(records.bytes(), ValueLayout.JAVA_BYTE, uniqueAt, unique, 0, length);
        if (isPlain(length)) {
            writer.extAscii("transactionId", unique, length);
        }
        if (isRecallable && records.isScheduled(record)) {
            byte[] handle = handles.of(records, record, unique, length);
            writer.extAscii("recallHandle", handle, handles.length());
        }
        writeBroker(writer);
    }

    /** For several messages that are one thing to their producer: it is told where the first one is. */
    void writeBatch(FrameWriter writer, AppendBatch records, int first, String batchId) {
        writePlace(writer, records, first);
        byte[] id = offsetId.of(produce.storeHostBytes(), records.logOffset(first));
        writer.extAscii("msgId", id, id.length);
        writer.ext("batchUniqId", batchId);
        writeBroker(writer);
    }

    /** For several messages that were sent as one. */
    void writeMany(FrameWriter writer, AppendBatch records, int first, int end) {
        writePlace(writer, records, first);
        StringBuilder ids = new StringBuilder();
        for (int record = first; record < end; record++) {
            byte[] id = offsetId.of(produce.storeHostBytes(), records.logOffset(record));
            ids.append(ids.isEmpty() ? "" : ",").append(new String(id, StandardCharsets.US_ASCII));
        }
        writer.ext("msgId", ids.toString());
        writeBroker(writer);
    }

    private static void writePlace(FrameWriter writer, AppendBatch records, int record) {
        int start = records.start(record);
        int queue = MessageRecord.isHalf(records.bytes(), start)
                ? DelayMarks.queueOf(records.bytes(), start)
                : records.queueNumber(record);
        writer.ext("queueId", queue);
        writer.ext("queueOffset", records.queueOffset(record));
    }

    static void writeBroker(FrameWriter writer) {
        writer.ext("MSG_REGION", "DefaultRegion");
        writer.ext("TRACE_ON", "true");
    }

    /** Whether the unique id is one that needs no escaping: what official clients send. */
    private boolean isPlain(int length) {
        for (int k = 0; k < length; k++) {
            boolean isPlain = unique[k] > ' ' && unique[k] < 127 && unique[k] != '"' && unique[k] != '\\';
            if (!isPlain) {
                return false;
            }
        }
        return true;
    }
}
