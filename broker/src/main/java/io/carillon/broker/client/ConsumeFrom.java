package io.carillon.broker.client;

/** Where a group that has consumed nothing starts. The clients act on it, the broker only shows it; the protocol's names. */
public enum ConsumeFrom {
    CONSUME_FROM_LAST_OFFSET,
    CONSUME_FROM_FIRST_OFFSET,
    CONSUME_FROM_TIMESTAMP,
    CONSUME_FROM_LAST_OFFSET_AND_FROM_MIN_WHEN_BOOT_FIRST,
    CONSUME_FROM_MIN_OFFSET,
    CONSUME_FROM_MAX_OFFSET
}
