package io.carillon.rocketmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.carillon.message.MessageId;
import io.carillon.remoting.BadRequest;
import java.util.Base64;

/** Fuzz target: any text is a receipt, a recall handle, a message id, each of which reads back, or refused as none. */
public final class HandlesFuzz {
    private HandlesFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        String text = new String(input, UTF_8);
        receipt(text);
        recall(text);
        recall(Base64.getUrlEncoder().encodeToString(input));
        id(text);
    }

    private static void receipt(String text) {
        try {
            Receipt receipt = Receipt.parse(text);
            String again = "0 " + receipt.poppedMs() + " 0 " + receipt.reviveQueue() + " 0 b 0 0";
            require(receipt.equals(Receipt.parse(again)), "a receipt differs when read again");
        } catch (BadRequest fault) {
            require(fault.getMessage().length() < 300, "a fault as long as what was sent");
        }
    }

    private static void recall(String text) {
        RecallHandle handle;
        try {
            handle = RecallHandle.decode(text);
        } catch (IllegalArgumentException fault) {
            require(fault.getMessage().startsWith("recall handle is invalid"), "a fault that does not say what of");
            return;
        }
        String words = "v1 " + handle.topic() + ' ' + handle.broker() + ' ' + handle.dueMs() + ' ' + handle.uniqueId()
                + ' ' + Integer.toUnsignedString(handle.place());
        String again = Base64.getUrlEncoder().encodeToString(words.getBytes(UTF_8));
        require(handle.equals(RecallHandle.decode(again)), "a recall handle differs when read again");
    }

    private static void id(String text) {
        MessageId id;
        try {
            id = MessageId.parse(text);
        } catch (IllegalArgumentException _) {
            return;
        }
        require(id.equals(MessageId.parse(id.toString())), "a message id differs when read again");
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new AssertionError(fault);
        }
    }
}
