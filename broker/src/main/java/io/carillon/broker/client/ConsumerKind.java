package io.carillon.broker.client;

/** What a consumer says of itself besides what it subscribes to; the same for all members of a group. */
public record ConsumerKind(ConsumeType type, MessageModel model, ConsumeFrom from) {}
