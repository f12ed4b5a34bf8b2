package io.carillon.broker.metadata;

import io.carillon.message.TopicName;

/** What may enter the replicated state; checked before a change is written and again whenever one is read. */
final class Names {
    /** More queues than this are a mistake, and would take memory for nothing. */
    static final int QUEUES_MAX = 16_384;

    private Names() {}

    /** @throws IllegalArgumentException saying what is wrong with it */
    static String topic(String name) {
        return checked(name, TopicName.faultOf(name));
    }

    /** @throws IllegalArgumentException saying what is wrong with it */
    static String group(String name) {
        return checked(name, TopicName.faultOfGroup(name));
    }

    /** @throws IllegalArgumentException when there are more than {@link #QUEUES_MAX} */
    static void queues(int count) {
        if (count < 0 || count > QUEUES_MAX) {
            throw new IllegalArgumentException("a topic has from 0 to " + QUEUES_MAX + " queues, not " + count);
        }
    }

    private static String checked(String name, String fault) {
        if (!fault.isEmpty()) {
            throw new IllegalArgumentException(fault);
        }
        return name;
    }
}
