package io.carillon.broker.pop;

import io.carillon.message.TopicName;

/** Which topic of a group messages are popped from; the numbers are those that clients see. */
public enum RetryKind {
    /** The topic that it subscribes to. */
    NONE('0'),
    /** Where its retries go, by the name that RocketMQ uses. */
    V1('1'),
    /** Where its retries went, by the newer name. */
    V2('2');

    private final char mark;

    RetryKind(char mark) {
        this.mark = mark;
    }

    /** What clients see for it. */
    public char mark() {
        return mark;
    }

    /** The topic of this kind. */
    public String topic(String topic, String group) {
        return switch (this) {
            case NONE -> topic;
            case V1 -> TopicName.popRetryOf(topic, group);
            case V2 -> TopicName.popRetryV2Of(topic, group);
        };
    }
}
