package io.carillon.base.delayqueue;

/** A topic that exists. */
public record TopicInfo(String topic, TopicSettings settings, boolean isPaused) {}
