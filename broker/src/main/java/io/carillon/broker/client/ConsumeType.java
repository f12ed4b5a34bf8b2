package io.carillon.broker.client;

/** How a consumer gets its messages; the names are the protocol's. */
public enum ConsumeType {
    CONSUME_ACTIVELY,
    CONSUME_PASSIVELY,
    CONSUME_POP
}
