package io.carillon.schedule;

import io.carillon.message.DueTime;
import io.carillon.message.Extras;
import io.carillon.message.MessageProperties;
import io.carillon.message.RecordCopy;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Reads what a stored record asks for beyond Apache RocketMQ; what was checked when it was sent is not checked again. */
final class DeliveryExtras {
    private DeliveryExtras() {}

    /** How many ms after its time the message is still worth delivering; 0 for ever. */
    static long ttlMs(MemorySegment record) {
        return number(MessageProperties.of(record, 0, Extras.TTL_MS), 0);
    }

    static long number(@Nullable String text, long otherwise) {
        try {
            return text == null ? otherwise : Long.parseLong(text);
        } catch (NumberFormatException _) {
            return otherwise; // stored by a version that did not check it
        }
    }

    /** Makes a copy due at another time; it says so itself too. */
    static void markDue(RecordCopy copy, long due) {
        copy.head.preparedTransactionOffset = due;
        copy.properties.put(MessageProperties.TIMER_OUT_MS, Long.toString(DueTime.ms(due)));
    }
}
