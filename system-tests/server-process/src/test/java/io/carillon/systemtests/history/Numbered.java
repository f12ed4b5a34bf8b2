package io.carillon.systemtests.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawTopic;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;

/** Numbered messages in a topic of one queue, each stored once, however often it is sent. */
record Numbered(String producer, RawTopic topic) {
    static Numbered fresh(String producer) {
        return new Numbered(producer, new RawTopic(Names.unique(producer)));
    }

    void create(RawClient client) throws IOException {
        topic.create(client, 1);
    }

    void sendAll(RawClient client, long first, long last) throws IOException, InterruptedException, ExecutionException {
        for (long n = first; n <= last; n++) {
            assertThat(send(client, n).code()).isEqualTo(RawTopic.OK);
        }
    }

    boolean isSent(CarillonServer over, long n) throws IOException, InterruptedException, ExecutionException {
        try (RawClient client = RawClient.connect(over.broker())) {
            return send(client, n).code() == RawTopic.OK;
        }
    }

    private Answer send(RawClient client, long n) throws InterruptedException, ExecutionException {
        Event.Key key = new Event.Key(producer, n);
        return topic.send(client, 0, Stream.uniqueId(key), Payload.of(key, 10, new Random(n)))
                .get();
    }

    /** The first 32. */
    List<Long> read(RawClient client) throws IOException {
        Answer pulled = topic.pull(client, Names.unique("readers"), 0, 0, 0);
        return StoredMessage.all(pulled.body()).stream()
                .map(message -> message.key().n())
                .toList();
    }
}
