package io.carillon.systemtests.history;

import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawClient.Answer;
import io.carillon.systemtests.harness.RawTopic;
import io.carillon.systemtests.history.Event.Committed;
import io.carillon.systemtests.history.Event.CommittedRead;
import io.carillon.systemtests.history.Event.Received;
import java.io.IOException;

/** Consumes one queue for a group: pulls, records, commits, and after a break goes on where the server says the group is. */
final class QueueReader implements Runnable {
    private static final long SUSPEND_MS = 500;
    private static final int UNAVAILABLE = 14;

    private final String group;
    private final int queue;
    private final RawTopic topic;
    private final Line line;
    private final History history;
    private volatile long next;
    private volatile boolean stopping;

    QueueReader(String group, int queue, RawTopic topic, Line line, History history) {
        this.group = group;
        this.queue = queue;
        this.topic = topic;
        this.line = line;
        this.history = history;
    }

    /** The offset that it waits for. */
    long next() {
        return next;
    }

    void stop() {
        stopping = true;
    }

    @Override
    public void run() {
        try (line) {
            while (!stopping) {
                boolean isNew = line.isDown();
                RawClient client = line.client();
                try {
                    if (isNew) {
                        goOn(client);
                    }
                    if (!pull(client)) {
                        line.refused();
                    }
                } catch (IOException e) {
                    line.refused();
                }
            }
        }
    }

    private void goOn(RawClient client) throws IOException {
        Answer answer = topic.committed(client, group, queue);
        if (answer.code() == UNAVAILABLE) {
            throw new IOException("no leader now");
        }
        long offset = answer.code() == RawTopic.OK ? answer.number("offset") : 0;
        history.add(new CommittedRead(group, queue, offset));
        next = offset;
    }

    /** @return whether the server serves */
    private boolean pull(RawClient client) throws IOException {
        Answer answer = topic.pull(client, group, queue, next, SUSPEND_MS);
        if (answer.code() == RawTopic.OK) {
            for (StoredMessage message : StoredMessage.all(answer.body())) {
                history.add(new Received(group, message.key(), message.place(), message.intact()));
            }
            commit(client, answer.number("nextBeginOffset"));
        }
        return answer.code() != UNAVAILABLE;
    }

    private void commit(RawClient client, long offset) throws IOException {
        if (topic.commit(client, group, queue, offset).code() == RawTopic.OK) {
            history.add(new Committed(group, queue, offset));
        }
        next = offset;
    }
}
