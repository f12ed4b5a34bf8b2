package io.carillon.message;

/** One queue of one topic on this broker. */
public record QueueId(String topic, int number) {}
