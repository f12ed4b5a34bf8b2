package io.carillon.broker.produce;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.broker.produce.Refused.Reason;
import io.carillon.broker.transaction.TransactionConfig;
import io.carillon.message.MessageProperties;
import io.carillon.message.MessageRecord;
import io.carillon.message.RecordScan;
import io.carillon.message.SysFlag;
import io.carillon.message.TopicName;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Whether a message is the half of a transaction, and whether it may be. Any thread. */
public final class TransactionRules {
    /** What the broker may have to add later: the transaction's id, or how often its producers were asked. */
    private static final int GROWTH_MAX = 160;

    private final Supplier<TransactionConfig> config;
    private final BooleanSupplier hasRoom;
    private final Ticker ticker;
    private final LongAdder busy;

    /** @param hasRoom whether one more transaction may be undecided */
    public TransactionRules(
            Supplier<TransactionConfig> config, BooleanSupplier hasRoom, Ticker ticker, Counters counters) {
        this.config = config;
        this.hasRoom = hasRoom;
        this.ticker = ticker;
        busy = counters.counter("busy_undecided_transactions");
    }

    /**
     * Whether this is a half. Old consumers send back what once was of a transaction with the mark of a half still on it:
     * for them it is an ordinary message.
     */
    static boolean isHalf(Send send, RecordScan scan) {
        return scan.isTransactional && !(send.reconsumeTimes > 0 && (scan.isDelayed() || isSentBack(send)));
    }

    private static boolean isSentBack(Send send) {
        return send.isDeadLetter || TopicName.isRetry(send.topicName());
    }

    /** What is wrong with a message that is no half, or null. */
    static @Nullable Refused refusalOfOther(Send send, RecordScan scan) {
        boolean saysHalf = (send.sysFlag & SysFlag.TRANSACTION_MASK) == SysFlag.TRANSACTION_PREPARED;
        return saysHalf && !scan.isTransactional
                ? illegal("sysFlag " + send.sysFlag + " says that this is the half of a transaction, but the property "
                        + MessageProperties.TRAN_MSG + " does not say true")
                : null;
    }

    /**
     * Checks a half.
     *
     * @param into holds the scan of its properties, still valid
     * @return why it is not taken, or null: then the head of {@code into} says when its producers may be asked
     */
    @Nullable
    Refused read(Send send, Intake into, int propertiesBytes) {
        Refused refused = refusal(send, into);
        if (refused != null) {
            return refused;
        }
        if (propertiesBytes + GROWTH_MAX + into.scan.uniqueLength > MessageRecord.PROPERTIES_BYTES_MAX) {
            return illegal("message properties are longer than " + MessageRecord.PROPERTIES_BYTES_MAX
                    + " bytes, with the " + GROWTH_MAX + " that a transaction adds");
        }
        if (!into.scan.hasProducerGroup) {
            return illegal("the half of a transaction needs the property " + MessageProperties.PGROUP
                    + ": its producer group, which is asked what became of it");
        }
        RecordScan scan = into.scan;
        String immunity = scan.immunityLength == 0
                ? null
                : MessageProperties.text(scan.bytes, scan.immunityAt, scan.immunityLength);
        return readImmunity(immunity, into);
    }

    private @Nullable Refused refusal(Send send, Intake into) {
        if (!config.get().enabled()) {
            return new Refused(
                    Reason.FORBIDDEN,
                    "the broker sending transaction message is forbidden: transactions are"
                            + " switched off by transaction.enabled");
        }
        if (send.isBatch) {
            return illegal("messages of a batch cannot be of a transaction: send them one by one");
        }
        if (TopicName.isRetry(send.topicName()) || TopicName.isDeadLetter(send.topicName())) {
            return illegal("topic[" + send.topicName() + "] takes no transactions");
        }
        if (into.scan.isDelayed()) {
            return illegal("a message of a transaction cannot be delayed: its time would have to begin at its commit");
        }
        if (!hasRoom.getAsBoolean()) {
            busy.increment();
            return new Refused(
                    Reason.BUSY,
                    config.get().undecidedMax()
                            + " transactions are undecided, as many as may be: see the setting transaction.undecided-max");
        }
        return null;
    }

    private @Nullable Refused readImmunity(@Nullable String text, Intake into) {
        long waitMs = config.get().timeout().toMillis();
        if (text != null) {
            long seconds = immunitySeconds(text);
            if (seconds < -1 || seconds > config.get().immunityMax().toSeconds()) {
                return illegal("property " + MessageProperties.CHECK_IMMUNITY_SECONDS + " should be from 0 to "
                        + config.get().immunityMax().toSeconds() + ", or -1 for the broker's own, not '" + text + "'");
            }
            waitMs = seconds < 0 ? waitMs : 1000 * seconds;
        }
        into.head.preparedTransactionOffset = ticker.nowMs() + waitMs;
        return null;
    }

    private static long immunitySeconds(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException _) {
            return Long.MIN_VALUE;
        }
    }

    private static Refused illegal(String detail) {
        return new Refused(Reason.ILLEGAL_MESSAGE, detail);
    }
}
