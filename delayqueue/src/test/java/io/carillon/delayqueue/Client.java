package io.carillon.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Cancelled;
import io.carillon.base.delayqueue.DelayEngine;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Redriven;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Rescheduled;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.Settled;
import io.carillon.base.delayqueue.Statistics;
import io.carillon.base.delayqueue.Stored;
import io.carillon.base.delayqueue.When;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A user of one topic and group. */
record Client(DelayEngine queue, String topic, String group) {
    static List<NewMessage> many(int count, long delayMs) {
        List<NewMessage> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(NewMessage.of(("m" + i).getBytes(StandardCharsets.UTF_8), new When.After(delayMs)));
        }
        return all;
    }

    static void pause(DelayEngine queue, String topic, boolean isPaused) {
        Rig.done(queue.pauseTopic(topic, isPaused));
    }

    Requests.Where where() {
        return new Requests.Where(topic, group);
    }

    Sent send(String text, long delayMs) {
        return sendAll(List.of(NewMessage.of(text.getBytes(StandardCharsets.UTF_8), new When.After(delayMs))))
                .getFirst();
    }

    List<Sent> sendAll(List<NewMessage> all) {
        return answers(all).stream().map(Sent.class::cast).toList();
    }

    List<Object> answers(List<NewMessage> all) {
        List<Object> answers = new ArrayList<>();
        for (Answer<Sent> answer : Rig.done(queue.send(topic, all))) {
            answers.add(
                    switch (answer) {
                        case Answer.Done<Sent>(Sent sent) -> sent;
                        case Answer.Refused<Sent>(var why) -> why;
                    });
        }
        return answers;
    }

    CompletableFuture<Answer<List<Delivery>>> pullLater(int max, long waitMs) {
        return queue.pull(new Requests.Pull(where(), max, waitMs, 60_000, List.of()));
    }

    CompletableFuture<List<Delivery>> deliveries(CompletableFuture<Answer<List<Delivery>>> pull) {
        return pull.thenApply(answer -> ((Answer.Done<List<Delivery>>) answer).value());
    }

    List<Delivery> pull(int max, long waitMs) {
        return pull(max, waitMs, 60_000);
    }

    List<Delivery> pull(int max, long waitMs, long visibilityMs) {
        return Rig.done(queue.pull(new Requests.Pull(where(), max, waitMs, visibilityMs, List.of())));
    }

    List<Delivery> pullTags(long waitMs, List<String> tags) {
        return Rig.done(queue.pull(new Requests.Pull(where(), 10, waitMs, 60_000, tags)));
    }

    Delivery pullOne(long waitMs) {
        return pullOne(waitMs, 60_000);
    }

    Delivery pullOne(long waitMs, long visibilityMs) {
        List<Delivery> deliveries = pull(1, waitMs, visibilityMs);
        assertThat(deliveries).as("pulled from %s by %s", topic, group).hasSize(1);
        return deliveries.getFirst();
    }

    String text(Delivery delivery) {
        return new String(delivery.message().body(), StandardCharsets.UTF_8);
    }

    Settled acknowledge(Delivery delivery) {
        return acknowledgeText(delivery.receipt());
    }

    Settled acknowledgeText(String receipt) {
        return Rig.done(queue.acknowledge(where(), List.of(receipt))).getFirst();
    }

    void acknowledgeAll(List<Delivery> all) {
        assertThat(Rig.done(queue.acknowledge(
                        where(), all.stream().map(Delivery::receipt).toList())))
                .containsOnly(Settled.DONE);
    }

    boolean extend(Delivery delivery, long ms) {
        return Rig.get(queue.extend(where(), delivery.receipt(), ms)) instanceof Answer.Done<?>;
    }

    long release(Delivery delivery, long ms) {
        return Rig.done(queue.release(where(), delivery.receipt(), ms)).visibleAtMs();
    }

    Cancelled cancel(String id) {
        return Rig.done(queue.cancel(topic, id));
    }

    Rescheduled reschedule(String id, long delayMs) {
        return Rig.done(queue.reschedule(topic, id, new When.After(delayMs)));
    }

    MessageState state(String id) {
        return Rig.done(queue.get(where(), id)).state();
    }

    MessageState stateOfAny(String id) {
        return Rig.done(queue.get(new Requests.Where(topic, ""), id)).state();
    }

    List<Stored> deadLetters() {
        return Rig.done(queue.deadLetters(new Requests.DeadLetters(where(), new Requests.Page("", 100))))
                .items();
    }

    Redriven redrive(List<String> ids) {
        return Rig.done(queue.redrive(new Requests.Redrive(where(), ids, ids.size())));
    }

    List<Stored> list(String key, MessageState state) {
        return Rig.done(queue.list(
                        new Requests.Search(topic, group, key, state, 0, Long.MAX_VALUE, new Requests.Page("", 100))))
                .items();
    }

    Statistics statistics() {
        return Rig.done(queue.statistics(topic));
    }
}
