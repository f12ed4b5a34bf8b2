package io.carillon.rocketmq;

import io.carillon.base.HotPath;
import io.carillon.broker.produce.Intake;
import io.carillon.log.AppendBatch;
import io.carillon.log.Refusal;
import io.carillon.remoting.FrameWriter;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ResponseCode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Some sends of one connection that go through the log together, and what their answers need. Filled and answered on
 * the connection's I/O thread; told of its outcome on any.
 */
@HotPath
final class SendBatch implements Runnable {
    private static final int SENDS_FIRST = 64;

    private final ProduceLane lane;
    private final AppendBatch records = new AppendBatch(_ -> durable());
    private int count;
    private int[] opaque = new int[SENDS_FIRST];
    private boolean[] binary = new boolean[SENDS_FIRST];
    private boolean[] oneWay = new boolean[SENDS_FIRST];
    private boolean[] many = new boolean[SENDS_FIRST];
    private int[] firstRecord = new int[SENDS_FIRST];
    private int[] frameBytes = new int[SENDS_FIRST];
    private int[] uniqueAt = new int[SENDS_FIRST];
    private int[] uniqueLength = new int[SENDS_FIRST];
    private boolean[] recallable = new boolean[SENDS_FIRST];

    /** The ids of sends of many messages whose producers want one id for all. */
    private final Map<Integer, String> batchIds = new HashMap<>(2);

    SendBatch(ProduceLane lane) {
        this.lane = lane;
    }

    AppendBatch records() {
        return records;
    }

    /** Notes a send whose records are those from {@code first} to the last one; {@code intake} took the last. */
    void add(
            int requestOpaque,
            boolean isBinary,
            boolean isOneWay,
            boolean isMany,
            int first,
            int requestBytes,
            Intake intake) {
        if (count == opaque.length) {
            grow();
        }
        opaque[count] = requestOpaque;
        binary[count] = isBinary;
        oneWay[count] = isOneWay;
        many[count] = isMany;
        firstRecord[count] = first;
        frameBytes[count] = requestBytes;
        uniqueAt[count] = intake.uniqueAt();
        uniqueLength[count] = intake.uniqueLength();
        recallable[count] = intake.isRecallable();
        count++;
    }

    /** The send that was added last is known to its producer by one id. */
    void nameLast(String batchId) {
        batchIds.put(count - 1, batchId);
    }

    private void grow() {
        int larger = 2 * count;
        opaque = Arrays.copyOf(opaque, larger);
        binary = Arrays.copyOf(binary, larger);
        oneWay = Arrays.copyOf(oneWay, larger);
        many = Arrays.copyOf(many, larger);
        firstRecord = Arrays.copyOf(firstRecord, larger);
        frameBytes = Arrays.copyOf(frameBytes, larger);
        uniqueAt = Arrays.copyOf(uniqueAt, larger);
        uniqueLength = Arrays.copyOf(uniqueLength, larger);
        recallable = Arrays.copyOf(recallable, larger);
    }

    void clear() {
        count = 0;
        batchIds.clear();
        records.clear();
    }

    private void durable() {
        if (lane.connection().isOnIoThread()) {
            run();
        } else {
            lane.connection().ioThread().execute(this);
        }
    }

    /** Answers all sends. */
    @Override
    public void run() {
        Refusal refusal = records.refusal();
        for (int i = 0; i < count; i++) {
            if (!oneWay[i] && lane.connection().isOpen()) {
                if (refusal == null) {
                    answer(i);
                } else {
                    refuse(i, refusal);
                }
            }
            lane.connection().settled(frameBytes[i]);
        }
        lane.recycle(this);
    }

    private void answer(int i) {
        int record = firstRecord[i];
        FrameWriter writer = lane.connection().writer();
        writer.begin(opaque[i], binary[i], ResponseCode.SUCCESS, null);
        String batchId = many[i] && !batchIds.isEmpty() ? batchIds.get(i) : null;
        if (batchId != null) {
            lane.answer().writeBatch(writer, records, record, batchId);
        } else if (many[i]) {
            int end = i + 1 < count ? firstRecord[i + 1] : records.count();
            lane.answer().writeMany(writer, records, record, end);
        } else {
            lane.answer().writeOne(writer, records, record, uniqueAt[i], uniqueLength[i], recallable[i]);
        }
        writer.end();
    }

    private void refuse(int i, Refusal refusal) {
        Reply reply = ProduceLane.refusal(refusal);
        FrameWriter writer = lane.connection().writer();
        writer.begin(opaque[i], binary[i], reply.code(), reply.remark());
        SendAnswer.writeBroker(writer);
        writer.end();
    }
}
