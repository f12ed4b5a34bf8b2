package io.carillon.http;

import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import io.carillon.api.delayqueue.v1.AcknowledgeRequest;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.PullRequest;
import io.carillon.api.delayqueue.v1.SendBatchRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Reads the requests that come by the thousand, when they are written plainly, at a small part of what it costs to read
 * them by protobuf's own rules. What it takes, those rules take too, and make the same of it; whatever is unusual or wrong it
 * leaves to them.
 */
final class PlainRequests {
    private PlainRequests() {}

    /**
     * Reads a request into the message that is being built.
     *
     * @return whether it did; if not, nothing is to be made of what the message holds now
     */
    static boolean read(byte[] json, Message.Builder into) {
        JsonBytes in = new JsonBytes(json);
        switch (into) {
            case NewMessage.Builder message -> message(in, message);
            case SendBatchRequest.Builder batch -> batch(in, batch);
            case PullRequest.Builder pull -> pull(in, pull);
            case AcknowledgeRequest.Builder acknowledge -> acknowledge(in, acknowledge);
            default -> in.odd();
        }
        return in.isWhole();
    }

    private static void batch(JsonBytes in, SendBatchRequest.Builder batch) {
        in.open('{');
        for (int i = 0; in.hasNext('}', i); i++) {
            if (i > 0 || !in.name().equals("messages")) {
                in.odd();
                return;
            }
            in.open('[');
            while (in.hasNext(']', batch.getMessagesCount())) {
                message(in, batch.addMessagesBuilder());
            }
        }
    }

    private static void pull(JsonBytes in, PullRequest.Builder pull) {
        Once once = new Once(in);
        in.open('{');
        for (int i = 0; in.hasNext('}', i); i++) {
            switch (in.name()) {
                case "max" -> pull.setMax(once.number(0));
                case "wait" -> pull.setWait(TimeForm.duration(once.string(1), in));
                case "visibility" -> pull.setVisibility(TimeForm.duration(once.string(2), in));
                case "tags" -> tags(in, once, pull);
                default -> in.odd();
            }
        }
    }

    private static void tags(JsonBytes in, Once once, PullRequest.Builder pull) {
        once.field(3);
        in.open('[');
        while (in.hasNext(']', pull.getTagsCount())) {
            pull.addTags(in.string());
        }
    }

    private static void acknowledge(JsonBytes in, AcknowledgeRequest.Builder acknowledge) {
        in.open('{');
        for (int i = 0; in.hasNext('}', i); i++) {
            if (i > 0 || !in.name().equals("receipts")) {
                in.odd();
                return;
            }
            in.open('[');
            while (in.hasNext(']', acknowledge.getReceiptsCount())) {
                acknowledge.addReceipts(in.string());
            }
        }
    }

    /** A field that is there twice is odd; so are two of which only one may be there. */
    private static final class Once {
        private final JsonBytes in;
        private int seen;

        Once(JsonBytes in) {
            this.in = in;
        }

        void field(int number) {
            int bit = 1 << number;
            if ((seen & bit) != 0) {
                in.odd();
            }
            seen |= bit;
        }

        String string(int number) {
            field(number);
            return in.string();
        }

        int number(int number) {
            field(number);
            return in.number();
        }
    }

    private static final int WHEN = 0;
    private static final int CONTENT = 1;

    private static void message(JsonBytes in, NewMessage.Builder message) {
        Once once = new Once(in);
        in.open('{');
        for (int i = 0; in.hasNext('}', i); i++) {
            switch (in.name()) {
                case "delay" -> message.setDelay(TimeForm.duration(once.string(WHEN), in));
                case "dueAt", "due_at" -> message.setDueAt(TimeForm.timestamp(once.string(WHEN), in));
                case "text" -> text(in, once, message);
                case "body" -> body(in, once, message);
                case "idempotencyKey", "idempotency_key" -> message.setIdempotencyKey(once.string(2));
                case "key" -> message.setKey(once.string(3));
                case "tag" -> message.setTag(once.string(4));
                case "orderingKey", "ordering_key" -> message.setOrderingKey(once.string(5));
                case "ttl" -> message.setTtl(TimeForm.duration(once.string(6), in));
                case "priority" -> message.setPriority(once.number(7));
                case "headers" -> headers(in, once, message);
                default -> in.odd();
            }
        }
    }

    private static void text(JsonBytes in, Once once, NewMessage.Builder message) {
        once.field(CONTENT);
        var text = in.utf8();
        if (!in.isOdd()) {
            message.setTextBytes(text);
        }
    }

    private static void body(JsonBytes in, Once once, NewMessage.Builder message) {
        once.field(CONTENT);
        byte[] base64 = in.string().getBytes(StandardCharsets.ISO_8859_1);
        try {
            message.setBody(UnsafeByteOperations.unsafeWrap(Base64.getDecoder().decode(base64)));
        } catch (IllegalArgumentException _) { // there are other alphabets
            in.odd();
        }
    }

    private static void headers(JsonBytes in, Once once, NewMessage.Builder message) {
        once.field(8);
        in.open('{');
        for (int i = 0; in.hasNext('}', i); i++) {
            message.putHeaders(in.name(), in.string());
            if (message.getHeadersCount() != i + 1) {
                in.odd(); // there was one of this name
            }
        }
    }
}
