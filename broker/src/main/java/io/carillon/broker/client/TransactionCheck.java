package io.carillon.broker.client;

import java.lang.foreign.MemorySegment;

/**
 * The question to a producer what became of a transaction.
 *
 * @param broker the name of the broker that asks
 * @param topic where the message goes when it is committed
 * @param half the half's offset in the queue of halves
 * @param logOffset where the half stands in the log
 * @param uniqueId the message's unique id, which is also the transaction's
 * @param record the half as a stored message, but with the topic and queue that it goes to
 */
public record TransactionCheck(
        String broker, String group, String topic, long half, long logOffset, String uniqueId, MemorySegment record) {}
