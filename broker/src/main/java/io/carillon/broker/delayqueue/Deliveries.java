package io.carillon.broker.delayqueue;

import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.MessageState;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.RetryPolicy;
import io.carillon.broker.pop.Popped;
import io.carillon.broker.pop.PoppedPart;
import io.carillon.message.ConsumerGroup;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What was popped, as it is handed out; what nobody is to have any more is given up. Used once, on a thread that may wait. */
final class Deliveries {
    private final Parts parts;
    private final Receipts receipts;
    private final GivenUp givenUp;
    private final Where where;
    private final Popped popped;
    private final RetryPolicy ofGroup;
    private final List<GivenUp.Over> expired = new ArrayList<>();

    Deliveries(Parts parts, Receipts receipts, GivenUp givenUp, Where where, Popped popped) {
        this.parts = parts;
        this.receipts = receipts;
        this.givenUp = givenUp;
        this.where = where;
        this.popped = popped;
        ConsumerGroup group = parts.groups().find(where.group());
        ofGroup = group == null ? RetryPolicy.DEFAULT : GroupForm.policy(group);
    }

    List<Delivery> all() {
        List<Delivery> all = new ArrayList<>();
        for (PoppedPart part : popped.parts()) {
            for (int i = 0; i < part.count(); ) {
                MemorySegment record = parts.pop().record(part, i);
                if (record == null) {
                    parts.pop().lost(part, i); // retention has removed it, and the part is one shorter
                    continue;
                }
                Delivery one = delivery(part, i, StoredForm.Read.of(record));
                if (one != null) {
                    all.add(one);
                }
                i++;
            }
        }
        if (!expired.isEmpty()) {
            givenUp.expired(where, expired);
        }
        return all;
    }

    /** Null when nobody is to have it any more. */
    private @Nullable Delivery delivery(PoppedPart part, int i, StoredForm.Read message) {
        RetryPolicy own = message.policy();
        RetryPolicy policy = own == null ? ofGroup : own;
        int attempt = message.attempt();
        Receipt receipt = new Receipt(
                part.kind(),
                part.queue(),
                part.offset(i),
                popped.poppedMs(),
                popped.poppedMs() + popped.invisibleMs(),
                attempt,
                Math.min(policy.attemptsMax(), ofGroup.attemptsMax()),
                policy.backoffMs(attempt));
        if (message.isExpired(popped.poppedMs())) {
            expired.add(new GivenUp.Over(receipt, message.record()));
            return null;
        }
        if (attempt > receipt.attemptsMax()) {
            givenUp.dead(where, receipt, message.record(), _ -> {});
            return null;
        }
        return new Delivery(
                message.stored(where.topic(), MessageState.IN_FLIGHT, attempt, true),
                receipts.text(where, receipt),
                attempt,
                receipt.visibleMs());
    }
}
