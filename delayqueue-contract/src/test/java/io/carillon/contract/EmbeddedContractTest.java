package io.carillon.contract;

import static io.carillon.contract.Conversation.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.carillon.api.delayqueue.v1.Message;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.RedriveResponse;
import io.carillon.api.delayqueue.v1.RetryPolicy;
import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.DelayEngine;
import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.Redriven;
import io.carillon.base.delayqueue.Requests;
import io.carillon.base.delayqueue.Stored;
import io.carillon.http.HttpConfig;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The embedded engine does what every engine must. */
class EmbeddedContractTest extends DelayQueueContract {
    private static final Duration TTL = Durations.fromMillis(1_500);
    private static final RetryPolicy ONCE = RetryPolicy.newBuilder()
            .setMaxAttempts(1)
            .setBackoff(Durations.fromMillis(1))
            .build();

    private @Nullable EmbeddedServer server;

    @Override
    protected int open() throws Exception {
        server = new EmbeddedServer(HttpConfig.DEFAULT, new Everybody());
        return server.port();
    }

    @Override
    protected void shut() throws Exception {
        Objects.requireNonNull(server).close();
    }

    /** The other engine counts in the background, which its own tests look at. */
    @Test
    void tellsAtOnceHowMuchIsReadyAndInFlight() {
        try (JsonClient client = new JsonClient(Objects.requireNonNull(server).port(), "")) {
            client.send(client.to("/v1/topics/depth/groups/g:pull").POST(BodyPublishers.ofString("{}")));
            for (int i = 0; i < 5; i++) {
                client.send(client.to("/v1/topics/depth/messages").POST(BodyPublishers.ofString("{\"text\":\"x\"}")));
            }
            client.send(client.to("/v1/topics/depth/groups/g:pull")
                    .POST(BodyPublishers.ofString("{\"max\":2,\"wait\":\"10s\"}")));

            assertThat(client.send(client.to("/metrics").GET()).body())
                    .contains("delayqueue_ready_messages{group=\"g\",topic=\"depth\"} 3\n")
                    .contains("delayqueue_in_flight_messages{group=\"g\",topic=\"depth\"} 2\n");
        }
    }

    /** The other engine does so, too; here the time of the redriven copy says when it was due. */
    @Test
    void theTimeToLiveOfARedrivenMessageCountsFromTheRedrive() {
        try (JsonClient client = new JsonClient(Objects.requireNonNull(server).port(), "")) {
            Conversation on = new Conversation(client, "ttl-of-redriven");
            String id = on.send(text("late")
                            .setDelay(Durations.fromMillis(50))
                            .setTtl(TTL)
                            .setRetry(ONCE))
                    .getId();
            on.release(on.next().getReceipt(), Durations.ZERO);
            Conversation.await(() -> !on.deadLetters().isEmpty());
            Timestamp dueAt = on.get(id).getDueAt();
            Conversation.await(
                    () -> System.currentTimeMillis() > Timestamps.toMillis(Timestamps.add(dueAt, TTL)) + 200);

            assertThat(on.redrive(id).getRedriven()).isEqualTo(1);

            assertThat(on.next().getMessage().getId()).isEqualTo(id);
        }
    }

    @Test
    void redrivesMoreLettersByTheirIdsThanFitIntoOneBatchOfTheLog() {
        try (JsonClient client = new JsonClient(Objects.requireNonNull(server).port(), "")) {
            Conversation on = new Conversation(client, "large-letters");
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                ids.add(on.send(text("x".repeat(400_000)).setRetry(ONCE)).getId());
                on.release(on.next().getReceipt(), Durations.ZERO);
            }
            Conversation.await(() -> on.deadLetters().size() == ids.size());
            List<String> asked = new ArrayList<>(ids);
            asked.add("0123456789ABCDEF0123456789ABCDEF");

            RedriveResponse redriven = on.redrive(asked.toArray(String[]::new));

            assertThat(redriven.getRedriven()).isEqualTo(5);
            assertThat(redriven.getUnknown()).isEqualTo(1);
            List<String> again = new ArrayList<>();
            ids.forEach(_ -> again.add(on.next().getMessage().getId()));
            assertThat(again).containsExactlyInAnyOrderElementsOf(ids);
            assertThat(on.deadLetters()).isEmpty();
        }
    }

    /** The letters of a group are in one queue, whichever topic they come from. */
    @Test
    void aPageOfDeadLettersLooksAtSoManyAndSaysWhereToGoOn() {
        EmbeddedServer at = Objects.requireNonNull(server);
        try (JsonClient client = new JsonClient(at.port(), "")) {
            Conversation many = new Conversation(client, "many-letters");
            Conversation one = new Conversation(client, "one-letter");
            bury(at.engine(), many, 2_010);
            bury(at.engine(), one, 1);

            Found<Stored> first = letters(at.engine(), "one-letter", "");
            Found<Stored> second = letters(at.engine(), "one-letter", first.next());
            Found<Stored> again = letters(at.engine(), "one-letter", "");

            assertThat(first.items()).isEmpty();
            assertThat(first.next()).isNotEmpty();
            assertThat(second.items()).hasSize(1);
            assertThat(second.next()).isEmpty();
            assertThat(again.items()).as("what is none is not looked at again").hasSize(1);
            assertThat(one.redrive().getRedriven()).isEqualTo(1);
            one.ack(one.next().getReceipt());
            assertThat(dead(at.engine(), "one-letter")).isZero();
            assertThat(dead(at.engine(), "many-letters"))
                    .as("more than it counts")
                    .isEqualTo(-1);
        }
    }

    @Test
    void whatWasRedrivenInPartsIsRedrivenAsAWhole() {
        EmbeddedServer at = Objects.requireNonNull(server);
        try (JsonClient client = new JsonClient(at.port(), "")) {
            Conversation on = new Conversation(client, "letters-in-parts");
            List<String> ids = bury(at.engine(), on, 7);
            Conversation.await(() -> on.deadLetters().size() == 7);

            assertThat(on.redrive(ids.get(3)).getRedriven()).isEqualTo(1);
            assertThat(on.redrive(ids.get(0), ids.get(1), ids.get(3)).getUnknown())
                    .isEqualTo(1);
            assertThat(dead(at.engine(), "letters-in-parts")).isEqualTo(4);
            Requests.Redrive two = new Requests.Redrive(where("letters-in-parts"), List.of(), 2);
            assertThat(at.engine().redrive(two).join()).isEqualTo(Answer.of(new Redriven(2, 0)));
            assertThat(on.deadLetters()).extracting(Message::getId).containsExactlyElementsOf(ids.subList(5, 7));

            String back = on.next().getReceipt();
            on.release(back, Durations.ZERO);
            Conversation.await(() -> dead(at.engine(), "letters-in-parts") == 3);
            assertThat(at.engine().redrive(two).join()).isEqualTo(Answer.of(new Redriven(2, 0)));
            assertThat(at.engine().redrive(two).join()).isEqualTo(Answer.of(new Redriven(1, 0)));
            assertThat(at.engine().redrive(two).join()).isEqualTo(Answer.of(new Redriven(0, 0)));
        }
    }

    private static Requests.Where where(String topic) {
        return new Requests.Where(topic, Conversation.GROUP);
    }

    /** Their ids in the order in which they died. */
    private static List<String> bury(DelayEngine engine, Conversation on, int count) {
        List<String> ids = new ArrayList<>();
        for (int sent = 0; sent < count; sent += 50) {
            NewMessage.Builder[] some = new NewMessage.Builder[Math.min(50, count - sent)];
            Arrays.setAll(some, i -> text("dies").setRetry(ONCE));
            on.sendBatch(some);
        }
        while (ids.size() < count) {
            on.pull(Conversation.GROUP, 50, Conversation.WAIT, Durations.fromMinutes(1))
                    .forEach(got -> {
                        ids.add(got.getMessage().getId());
                        engine.release(where(on.topic()), got.getReceipt(), 0).join();
                    });
        }
        return ids;
    }

    private static Found<Stored> letters(DelayEngine engine, String topic, String token) {
        var asked = new Requests.DeadLetters(where(topic), new Requests.Page(token, 10));
        return done(engine.deadLetters(asked).join());
    }

    private static long dead(DelayEngine engine, String topic) {
        return done(engine.statistics(topic).join()).groups().stream()
                .filter(group -> group.group().equals(Conversation.GROUP))
                .findFirst()
                .orElseThrow()
                .dead();
    }

    private static <T> T done(Answer<T> answer) {
        assertThat(answer).isInstanceOf(Answer.Done.class);
        return ((Answer.Done<T>) answer).value();
    }
}
