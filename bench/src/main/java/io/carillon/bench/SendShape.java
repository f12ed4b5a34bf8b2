package io.carillon.bench;

/**
 * What one send looks like.
 *
 * @param batch messages in a frame: 1 is a plain send (310), more is a batch (320)
 * @param topics 1: all goes to {@code topic}; more: to {@code topic} followed by a number of five digits
 * @param queues queues of each topic, at most ten
 * @param delay of every message; a batch takes none
 * @param keys above 0, each message has one of so many keys, of which at most one message may wait
 * @param isHalf whether each is the half of a transaction
 */
record SendShape(
        String topic,
        int topics,
        int queues,
        int bodyBytes,
        int batch,
        HeaderFormat format,
        Delay delay,
        int keys,
        boolean isHalf) {
    static final String BROKER_NAME = "broker-a";
    static final String PRODUCER_GROUP = "bench_producer";
    static final int TOPIC_DIGITS = 5;

    SendShape {
        boolean countsFit = queues >= 1 && queues <= 10 && topics >= 1 && topics <= 100_000 && batch >= 1;
        if (!countsFit || bodyBytes < SendFrame.BODY_BYTES_MIN || (batch > 1 && (!delay.isNone() || keys > 0))) {
            throw new IllegalArgumentException("no such shape: queues=%d topics=%d batch=%d bodyBytes=%d %s"
                    .formatted(queues, topics, batch, bodyBytes, delay));
        }
    }

    static SendShape of(String topic, int bodyBytes) {
        return new SendShape(topic, 1, 8, bodyBytes, 1, HeaderFormat.JSON, Delay.NONE, 0, false);
    }

    SendShape inBatchesOf(int messages) {
        return new SendShape(topic, topics, queues, bodyBytes, messages, format, delay, keys, isHalf);
    }

    SendShape overTopics(int count) {
        return new SendShape(topic, count, queues, bodyBytes, batch, format, delay, keys, isHalf);
    }

    SendShape withHeader(HeaderFormat other) {
        return new SendShape(topic, topics, queues, bodyBytes, batch, other, delay, keys, isHalf);
    }

    SendShape delayed(Delay other) {
        return new SendShape(topic, topics, queues, bodyBytes, batch, format, other, keys, isHalf);
    }

    SendShape to(String otherTopic) {
        return new SendShape(otherTopic, topics, queues, bodyBytes, batch, format, delay, keys, isHalf);
    }

    /** The messages of a topic share so many keys: each one that is sent takes the place of the one that has its key. */
    SendShape keyed(int count) {
        return new SendShape(topic, topics, queues, bodyBytes, batch, format, delay, count, isHalf);
    }

    SendShape asHalves() {
        return new SendShape(topic, topics, queues, bodyBytes, batch, format, delay, keys, true);
    }

    /** The name of topic {@code n}, counted from 0. */
    String topicName(int n) {
        return topics == 1 ? topic : topic + String.format("%0" + TOPIC_DIGITS + "d", n);
    }
}
