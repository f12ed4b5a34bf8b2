package io.carillon.broker.transaction;

import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordCopy;
import io.carillon.message.SysFlag;
import io.carillon.message.TopicName;
import java.lang.foreign.MemorySegment;

/** The half of a transaction as it stands in the log, and what can be made of it. Reused; one thread. */
final class HalfMessage {
    private static final int CHECKS_CHARS_MAX = 9;

    private final RecordCopy copy = new RecordCopy();
    private MemorySegment record = MemorySegment.NULL;

    /** @param half a copy of the record */
    HalfMessage read(MemorySegment half) {
        record = half;
        copy.read(half, 0);
        return this;
    }

    /** Its offset in the queue of halves. */
    long half() {
        return MessageRecord.queueOffset(record, 0);
    }

    long logOffset() {
        return MessageRecord.physicalOffset(record, 0);
    }

    long storedMs() {
        return MessageRecord.storeTimestamp(record, 0);
    }

    /** From when on its producers may be asked, as it was first stored. */
    long firstCheckMs() {
        return MessageRecord.preparedTransactionOffset(record, 0);
    }

    private String property(String name) {
        return copy.properties.getOrDefault(name, "");
    }

    String group() {
        return property(MessageProperties.PGROUP);
    }

    String uniqueId() {
        return property(MessageProperties.UNIQ_KEY);
    }

    /** Where it goes. */
    String topic() {
        return property(MessageProperties.REAL_TOPIC);
    }

    int queue() {
        return Integer.parseInt(property(MessageProperties.REAL_QID));
    }

    /** Whether its producer wants to be asked for the first time after a time of its own. */
    boolean hasImmunity() {
        String seconds = property(MessageProperties.CHECK_IMMUNITY_SECONDS);
        return !seconds.isEmpty() && !seconds.equals("-1");
    }

    /** How often its producers had been asked before it was copied. */
    int checks() {
        String text = property(MessageProperties.TRANSACTION_CHECK_TIMES);
        return text.isEmpty() || text.length() > CHECKS_CHARS_MAX ? 0 : Integer.parseInt(text);
    }

    /** The offset that the first copy had in the queue of halves. */
    long originalHalf() {
        String text = property(MessageProperties.PREPARED_QUEUE_OFFSET);
        return text.isEmpty() ? half() : Long.parseLong(text);
    }

    /** The message as consumers get it. To be used before the next {@link #read}, as all that follows. */
    RecordCopy committed(int toQueue) {
        forget();
        copy.properties.put(MessageProperties.TRANSACTION_ID, uniqueId());
        copy.topic = topic();
        copy.properties.remove(MessageProperties.REAL_TOPIC);
        copy.properties.remove(MessageProperties.REAL_QID);
        copy.head.queueId = toQueue;
        mark(SysFlag.TRANSACTION_COMMIT, logOffset());
        return copy;
    }

    /** The message as people find it that nobody decided. */
    RecordCopy undecided() {
        copy.properties.put(MessageProperties.PREPARED_QUEUE_OFFSET, Long.toString(originalHalf()));
        copy.topic = TopicName.CHECKED_TOO_OFTEN;
        copy.head.queueId = 0;
        mark(0, 0);
        return copy;
    }

    /** A half that takes the place of this one, which is going to be dropped. */
    RecordCopy carried(int checksSoFar) {
        copy.properties.put(MessageProperties.PREPARED_QUEUE_OFFSET, Long.toString(originalHalf()));
        copy.properties.put(MessageProperties.TRANSACTION_CHECK_TIMES, Integer.toString(checksSoFar));
        return copy;
    }

    /** A new half made of an {@link #undecided} one. */
    RecordCopy resumed(long firstCheckMs) {
        forget();
        copy.topic = TopicName.HALF;
        copy.head.queueId = 0;
        mark(SysFlag.TRANSACTION_PREPARED, firstCheckMs);
        return copy;
    }

    /** The stored message that a producer is shown: with this half's place, but the topic and queue that it goes to. */
    MemorySegment shown() {
        copy.properties.put(MessageProperties.TRANSACTION_ID, uniqueId());
        copy.topic = topic();
        copy.head.queueId = queue();
        mark(0, 0);
        MemorySegment bytes = MemorySegment.ofArray(new byte[copy.size()]);
        copy.write(bytes, 0);
        MessageRecord.stamp(bytes, 0, half(), logOffset(), storedMs());
        return bytes;
    }

    private void forget() {
        copy.properties.remove(MessageProperties.PREPARED_QUEUE_OFFSET);
        copy.properties.remove(MessageProperties.TRANSACTION_CHECK_TIMES);
    }

    private void mark(int transactionBits, long preparedOffset) {
        copy.head.sysFlag = (copy.head.sysFlag & ~SysFlag.TRANSACTION_MASK) | transactionBits;
        copy.head.preparedTransactionOffset = preparedOffset;
    }
}
