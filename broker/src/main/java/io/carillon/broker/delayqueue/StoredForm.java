package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.RetryPolicy;
import io.carillon.base.delayqueue.Stored;
import io.carillon.message.Extras;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.SysFlag;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** A message of the delay queue as the broker stores it: its headers are what RocketMQ's clients know as user properties. */
final class StoredForm {
    /** Attempts, backoff in ms, multiplier, longest backoff in ms, with commas between. */
    static final String RETRY = "CARILLON_RETRY";

    /** The id that the sender was told, where the message waited in another delay queue and has another one here. */
    static final String ORIGIN = "CARILLON_DELAY_ID";

    private static final int COMPRESSION_TYPE = 0x700;
    private static final int ZLIB = 0x300;
    private static final String PRIORITY_DEFAULT = Integer.toString(NewMessage.PRIORITY_DEFAULT);
    private static final byte[] NOTHING = {};

    /** Properties that have a meaning of their own, besides those with a telling prefix. */
    private static final Set<String> OWN = Set.of(
            "KEYS",
            "TAGS",
            "WAIT",
            "DELAY",
            "RETRY_TOPIC",
            "REAL_TOPIC",
            "REAL_QID",
            "TRAN_MSG",
            "PGROUP",
            "MIN_OFFSET",
            "MAX_OFFSET",
            "BUYER_ID",
            "ORIGIN_MESSAGE_ID",
            "TRANSFER_FLAG",
            "CORRECTION_FLAG",
            "MQ2_FLAG",
            "RECONSUME_TIME",
            "MSG_REGION",
            "TRACE_ON",
            "UNIQ_KEY",
            "EXTEND_UNIQ_INFO",
            "MAX_RECONSUME_TIMES",
            "CONSUME_START_TIME",
            "CHECK_IMMUNITY_TIME_IN_SECONDS",
            "INSTANCE_ID",
            "CORRELATION_ID",
            "REPLY_TO_CLIENT",
            "TTL",
            "ARRIVE_TIME",
            "PUSH_REPLY_TIME",
            "CLUSTER",
            "MSG_TYPE",
            "POP_CK",
            "POP_CK_OFFSET",
            "1ST_POP_TIME",
            "INNER_NUM",
            "INNER_BASE",
            "DUP_INFO",
            "INNER_MULTI_DISPATCH",
            "INNER_MULTI_QUEUE_OFFSET");

    private StoredForm() {}

    /** Whether a header cannot have this name. */
    static boolean isOwn(String name) {
        return OWN.contains(name)
                || name.startsWith(Extras.PREFIX)
                || name.startsWith("__")
                || name.startsWith("_SYS_")
                || name.startsWith("TIMER_")
                || name.startsWith("TRAN_")
                || name.startsWith("TRANSACTION_");
    }

    /**
     * The properties that say all of a message but its body.
     *
     * @param origin the id that its sender was told by another delay queue; empty when it comes from nowhere else
     * @throws IllegalArgumentException when a text holds a byte that separates properties
     */
    static byte[] properties(NewMessage message, String id, String origin, long dueMs, long nowMs) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put(MessageProperties.UNIQ_KEY, id);
        put(all, MessageProperties.KEYS, message.key());
        put(all, MessageProperties.TAGS, message.tag());
        put(all, MessageProperties.SHARDING_KEY, message.orderingKey());
        if (dueMs > nowMs) {
            all.put(MessageProperties.TIMER_DELIVER_MS, Long.toString(dueMs));
        }
        if (message.ttlMs() > 0) {
            all.put(Extras.TTL_MS, Long.toString(message.ttlMs()));
        }
        if (message.priority() != NewMessage.PRIORITY_DEFAULT) {
            all.put(Extras.PRIORITY, Integer.toString(message.priority()));
        }
        RetryPolicy retry = message.retry();
        if (retry != null) {
            all.put(RETRY, text(retry));
        }
        put(all, ORIGIN, origin);
        all.putAll(message.headers());
        return MessageProperties.encode(all);
    }

    private static void put(Map<String, String> all, String name, String value) {
        if (!value.isEmpty()) {
            all.put(name, value);
        }
    }

    static String text(RetryPolicy policy) {
        return policy.attemptsMax() + "," + policy.backoffMs() + "," + policy.backoffMultiplier() + ","
                + policy.backoffMaxMs();
    }

    /** Null when there is none, or none that makes sense: anybody may have sent it. */
    static @Nullable RetryPolicy policy(@Nullable String text) {
        String[] parts = text == null ? new String[0] : text.split(",", -1);
        if (parts.length != 4) {
            return null;
        }
        try {
            return new RetryPolicy(
                    Integer.parseInt(parts[0]),
                    Long.parseLong(parts[1]),
                    Double.parseDouble(parts[2]),
                    Long.parseLong(parts[3]));
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /** A record with its properties read. */
    record Read(MemorySegment record, Map<String, String> properties) {
        static Read of(MemorySegment record) {
            return new Read(record, MessageProperties.decode(record, 0));
        }

        String id() {
            return text(MessageProperties.UNIQ_KEY);
        }

        String text(String name) {
            return properties.getOrDefault(name, "");
        }

        long number(String name) {
            try {
                return Long.parseLong(properties.getOrDefault(name, "0"));
            } catch (NumberFormatException _) { // as if it said nothing
                return 0;
            }
        }

        /** When it was or is due. */
        long dueMs() {
            long due = number(MessageProperties.TIMER_OUT_MS);
            return due > 0 ? due : MessageRecord.storeTimestamp(record, 0);
        }

        boolean hasTtl() {
            return number(Extras.TTL_MS) > 0;
        }

        boolean isExpired(long nowMs) {
            long ttlMs = number(Extras.TTL_MS);
            return ttlMs > 0 && dueMs() < nowMs - ttlMs;
        }

        /** How often it was handed out, if this is the copy that is handed out now. */
        int attempt() {
            return MessageRecord.reconsumeTimes(record, 0) + 1;
        }

        @Nullable
        RetryPolicy policy() {
            return StoredForm.policy(properties.get(RETRY));
        }

        Stored stored(String topic, MessageState state, int attempts, boolean withBody) {
            byte[] body = withBody ? body() : NOTHING;
            return new Stored(
                    topic,
                    id(),
                    state,
                    dueMs(),
                    MessageRecord.bornTimestamp(record, 0),
                    attempts,
                    text(MessageProperties.KEYS),
                    text(MessageProperties.TAGS),
                    text(MessageProperties.SHARDING_KEY),
                    number(Extras.TTL_MS),
                    Integer.parseInt(priority()),
                    headers(properties),
                    withBody ? body.length : MessageRecord.bodyLength(record, 0),
                    body);
        }

        private String priority() {
            String said = properties.getOrDefault(Extras.PRIORITY, PRIORITY_DEFAULT);
            boolean isDigit = said.length() == 1 && said.charAt(0) >= '0' && said.charAt(0) <= '9';
            return isDigit ? said : PRIORITY_DEFAULT;
        }

        /** As its sender wrote it: RocketMQ's clients compress what is long. */
        private byte[] body() {
            byte[] stored = record.asSlice(MessageRecord.bodyAt(record, 0), MessageRecord.bodyLength(record, 0))
                    .toArray(ValueLayout.JAVA_BYTE);
            int sysFlag = MessageRecord.sysFlag(record, 0);
            int type = sysFlag & COMPRESSION_TYPE;
            boolean isZlib = (sysFlag & SysFlag.COMPRESSED) != 0 && (type == 0 || type == ZLIB);
            return isZlib ? inflated(stored) : stored;
        }
    }

    static Map<String, String> headers(Map<String, String> properties) {
        @Nullable Map<String, String> headers = null; // most have none
        for (Map.Entry<String, String> property : properties.entrySet()) {
            if (!isOwn(property.getKey())) {
                headers = headers == null ? new LinkedHashMap<>() : headers;
                headers.put(property.getKey(), property.getValue());
            }
        }
        return headers == null ? Map.of() : headers;
    }

    /** What does not inflate, or to more than any message has, stays as it is. */
    private static byte[] inflated(byte[] stored) {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(stored);
            byte[] into = new byte[Math.max(64, 4 * stored.length)];
            int length = 0;
            while (!inflater.finished()) {
                int more = inflater.inflate(into, length, into.length - length);
                length += more;
                if (inflater.finished()) {
                    break;
                }
                if ((more == 0 && length < into.length) || into.length >= BODY_BYTES_MAX) {
                    return stored;
                }
                into = length == into.length ? Arrays.copyOf(into, 2 * into.length) : into;
            }
            return Arrays.copyOf(into, length);
        } catch (DataFormatException _) {
            return stored;
        } finally {
            inflater.end();
        }
    }

    private static final int BODY_BYTES_MAX = 64 << 20;
}
