package io.carillon.broker.retry;

/**
 * A consumer's wish to get a message again later.
 *
 * @param logOffset where the message stands; as a client said it, so any number
 * @param delayLevel from 1 on: after this classic level's time; 0: as the group's policy says; below 0: never again
 * @param triesMax after how many tries it becomes a dead letter; below 0: as its group says
 * @param isOfUnit whether the consumer belongs to a unit, of which a retry topic that is made for it tells
 */
public record SendBack(String group, long logOffset, int delayLevel, int triesMax, boolean isOfUnit) {}
