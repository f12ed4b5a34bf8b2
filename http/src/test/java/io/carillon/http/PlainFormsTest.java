package io.carillon.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import io.carillon.api.delayqueue.v1.AcknowledgeRequest;
import io.carillon.api.delayqueue.v1.AcknowledgeResponse;
import io.carillon.api.delayqueue.v1.MessageState;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.PullRequest;
import io.carillon.api.delayqueue.v1.PullResponse;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import io.carillon.api.delayqueue.v1.SendBatchRequest;
import io.carillon.api.delayqueue.v1.SendBatchResponse;
import io.carillon.api.delayqueue.v1.SendOutcome;
import io.carillon.api.delayqueue.v1.SendResponse;
import io.carillon.api.delayqueue.v1.Settled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** What is read and written the quick way is what protobuf's own rules make of it: those are the judge. */
class PlainFormsTest {
    private static final JsonFormat.Printer PRINTER = JsonFormat.printer().omittingInsignificantWhitespace();
    private static final JsonFormat.Printer AIRY_PRINTER = JsonFormat.printer().preservingProtoFieldNames();
    private static final String[] TEXTS = {
        "",
        "a",
        "plain enough for eight and more",
        "with \"quotes\" and \\ in it",
        "<a href='b'>&amp;=",
        "\n\r\t\b\f\u0001\u001f\u007f",
        "grün, 緑, \ud83d\ude00",
        "\u2028\u2029\ufeff",
        "1234567\"1234567\\",
        "{\"a\":[1,2,{}]}"
    };

    // ---- reading

    @Provide
    Arbitrary<Message> requests() {
        return Arbitraries.randomValue(PlainFormsTest::request);
    }

    private static Message request(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> newMessage(random);
            case 1 -> {
                SendBatchRequest.Builder batch = SendBatchRequest.newBuilder();
                IntStream.range(0, random.nextInt(4)).forEach(_ -> batch.addMessages(newMessage(random)));
                yield batch.build();
            }
            case 2 -> {
                PullRequest.Builder pull = PullRequest.newBuilder().setMax(random.nextInt(300));
                if (random.nextBoolean()) {
                    pull.setWait(duration(random)).setVisibility(duration(random));
                }
                IntStream.range(0, random.nextInt(3)).forEach(_ -> pull.addTags(text(random)));
                yield pull.build();
            }
            default -> {
                AcknowledgeRequest.Builder acknowledge = AcknowledgeRequest.newBuilder();
                IntStream.range(0, random.nextInt(4)).forEach(_ -> acknowledge.addReceipts(text(random)));
                yield acknowledge.build();
            }
        };
    }

    private static NewMessage newMessage(Random random) {
        NewMessage.Builder message = NewMessage.newBuilder();
        switch (random.nextInt(3)) {
            case 0 -> message.setDelay(duration(random));
            case 1 -> message.setDueAt(timestamp(random));
            default -> message.setIdempotencyKey(text(random)).setTtl(duration(random));
        }
        switch (random.nextInt(3)) {
            case 0 -> message.setText(text(random));
            case 1 -> message.setBody(bytes(random));
            default -> message.setKey(text(random)).setTag(text(random)).setOrderingKey(text(random));
        }
        if (random.nextBoolean()) {
            message.setPriority(random.nextInt(10)).putHeaders(text(random), text(random));
        }
        return message.build();
    }

    @Property(tries = 300)
    void whatIsWrittenPlainlyIsTakenAsItWasMeant(@ForAll("requests") Message request) throws Exception {
        for (JsonFormat.Printer printer : List.of(PRINTER, AIRY_PRINTER)) {
            byte[] json = printer.print(request).getBytes(StandardCharsets.UTF_8);
            Message.Builder read = request.newBuilderForType();

            assertThat(PlainRequests.read(json, read))
                    .as(printer.print(request))
                    .isTrue();
            assertThat(read.build()).isEqualTo(request);
        }
    }

    @Property(tries = 2_000)
    void whatIsTakenIsTakenByProtobufsRulesTooAndMeansTheSame(
            @ForAll("requests") Message request, @ForAll Random random) throws Exception {
        byte[] json = PRINTER.print(request).getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(3); i >= 0 && json.length > 1; i--) {
            json = changed(json, random);
        }
        Message.Builder read = request.newBuilderForType();

        if (PlainRequests.read(json, read)) {
            Message.Builder wanted = request.newBuilderForType();
            JsonFormat.parser().merge(new String(json, StandardCharsets.UTF_8), wanted);
            assertThat(read.build()).isEqualTo(wanted.build());
        }
    }

    /** A byte is another one, or is missing, or there is one more. */
    private static byte[] changed(byte[] json, Random random) {
        String telling = "\"\\{}[]:,. 0123456789uZTs-+eE\u0001x";
        byte other = random.nextInt(8) == 0
                ? (byte) random.nextInt(256)
                : (byte) telling.charAt(random.nextInt(telling.length()));
        int at = random.nextInt(json.length);
        int kind = random.nextInt(3);
        byte[] changed = new byte[json.length + (kind == 0 ? 0 : kind == 1 ? -1 : 1)];
        System.arraycopy(json, 0, changed, 0, at);
        int behind = kind == 2 ? at : at + 1;
        int to = kind == 1 ? at : at + 1;
        System.arraycopy(json, behind, changed, to, json.length - behind);
        if (kind != 1) {
            changed[at] = other;
        }
        return changed;
    }

    @Test
    void leavesToTheOthersWhatIsUnusual() {
        for (String json : List.of(
                "",
                " ",
                "[]",
                "{} {}",
                "{}\u0000",
                "{\"text\":null}",
                "{\"text\":\"a\",\"body\":\"YQ==\"}",
                "{\"text\":\"a\",\"text\":\"b\"}",
                "{\"delay\":\"1s\",\"dueAt\":\"2030-01-01T00:00:00Z\"}",
                "{\"delay\":1}",
                "{\"delay\":\"-1s\"}",
                "{\"dueAt\":\"2030-02-30T00:00:00Z\"}",
                "{\"dueAt\":\"2030-02-03T00:00:00+01:00\"}",
                "{\"priority\":\"5\"}",
                "{\"priority\":5.0}",
                "{\"priority\":-5}",
                "{\"nothing\":\"like this\"}",
                "{\"text\":\"\\ud800\"}",
                "{\"text\":\"a",
                "{\"text\":\"a\",}",
                "{'text':'a'}",
                "{\"retry\":{\"maxAttempts\":3}}")) {
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            assertThat(PlainRequests.read(bytes, NewMessage.newBuilder()))
                    .as(json)
                    .isFalse();
        }
        byte[] notUtf8 = "{\"text\":\"\u00ff\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(PlainRequests.read(notUtf8, NewMessage.newBuilder())).isFalse();
    }

    @Test
    void nothingOfWhatWasReadTheQuickWayIsLeftWhenTheOthersRead() {
        NewMessage.Builder into = NewMessage.newBuilder();

        JsonForm.read("{\"text\":\"a\",\"priority\":\"7\"}".getBytes(StandardCharsets.UTF_8), into);

        assertThat(into.build())
                .isEqualTo(NewMessage.newBuilder().setText("a").setPriority(7).build());
    }

    // ---- writing

    @Provide
    Arbitrary<Message> answers() {
        return Arbitraries.randomValue(PlainFormsTest::answer);
    }

    private static Message answer(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> sent(random);
            case 1 -> {
                SendBatchResponse.Builder batch = SendBatchResponse.newBuilder();
                IntStream.range(0, random.nextInt(4))
                        .forEach(_ -> batch.addOutcomes(SendOutcome.newBuilder().setSent(sent(random))));
                yield batch.build();
            }
            case 2 -> {
                PullResponse.Builder pulled = PullResponse.newBuilder();
                IntStream.range(0, random.nextInt(4)).forEach(_ -> pulled.addMessages(received(random)));
                yield pulled.build();
            }
            default -> {
                AcknowledgeResponse.Builder all = AcknowledgeResponse.newBuilder();
                IntStream.range(0, random.nextInt(4))
                        .forEach(_ -> all.addOutcomes(Settled.forNumber(random.nextInt(4))));
                yield all.build();
            }
        };
    }

    private static SendResponse sent(Random random) {
        SendResponse.Builder sent =
                SendResponse.newBuilder().setId(text(random)).setRepeated(random.nextBoolean());
        return random.nextBoolean()
                ? sent.build()
                : sent.setDueAt(timestamp(random)).build();
    }

    private static ReceivedMessage received(Random random) {
        var message = io.carillon.api.delayqueue.v1.Message.newBuilder()
                .setTopic(text(random))
                .setId(text(random))
                .setState(MessageState.forNumber(random.nextInt(9)))
                .setKey(text(random))
                .setTag(text(random))
                .setOrderingKey(text(random))
                .setAttempts(random.nextInt(3))
                .setPriority(random.nextInt(10))
                .setBodyBytes(random.nextInt(100))
                .setText(text(random));
        if (random.nextBoolean()) {
            message.setDueAt(timestamp(random)).setSentAt(timestamp(random)).setTtl(duration(random));
            message.putHeaders(text(random), text(random)).putHeaders("n", text(random));
            message.setBody(bytes(random));
        }
        ReceivedMessage.Builder received =
                ReceivedMessage.newBuilder().setReceipt(text(random)).setAttempt(random.nextInt(20));
        if (random.nextInt(4) > 0) {
            received.setMessage(message).setVisibleAt(timestamp(random));
        }
        return received.build();
    }

    @Property(tries = 300)
    void answersAreWhatProtobufsRulesWouldWrite(@ForAll("answers") Message answer)
            throws InvalidProtocolBufferException {
        String written = new String(JsonForm.write(answer), StandardCharsets.UTF_8);

        assertThat(PlainAnswers.write(answer)).isNotNull();
        assertThat(JsonParser.parseString(written)).isEqualTo(JsonParser.parseString(JsonForm.print(answer)));
        Message.Builder read = answer.newBuilderForType();
        JsonFormat.parser().merge(written, read);
        assertThat(read.build()).isEqualTo(answer);
    }

    @Test
    void aBatchOfWhichSomethingWasRefusedIsLeftToTheOthers() {
        SendBatchResponse answer = SendBatchResponse.newBuilder()
                .addOutcomes(SendOutcome.newBuilder()
                        .setProblem(Problem.invalid("key", "no").proto(true)))
                .build();

        assertThat(PlainAnswers.write(answer)).isNull();
        assertThat(new String(JsonForm.write(answer), StandardCharsets.UTF_8)).contains("\"code\":\"invalid\"");
    }

    // ---- values

    private static String text(Random random) {
        return TEXTS[random.nextInt(TEXTS.length)] + TEXTS[random.nextInt(TEXTS.length)];
    }

    private static ByteString bytes(Random random) {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }

    private static Duration duration(Random random) {
        return Duration.newBuilder()
                .setSeconds(random.nextInt(900_000_000))
                .setNanos(nanos(random))
                .build();
    }

    private static Timestamp timestamp(Random random) {
        return Timestamp.newBuilder()
                .setSeconds(random.nextLong(253_402_300_800L))
                .setNanos(nanos(random))
                .build();
    }

    private static int nanos(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> 0;
            case 1 -> random.nextInt(1_000) * 1_000_000;
            default -> random.nextInt(1_000_000_000);
        };
    }
}
