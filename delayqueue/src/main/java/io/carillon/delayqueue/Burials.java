package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.Released;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Makes dead letters of what was tried as often as may be: notes them in the truth, then forgets them in the order. Any
 * thread may call.
 */
final class Burials {
    private static final System.Logger LOGGER = System.getLogger(Burials.class.getName());
    private static final int BURY_MAX = 100;

    private final Life life;
    private final Buckets buckets;
    private final DeadLetterTable deadLetters;
    private final EngineClock clock;
    private final Figures figures;
    private final Waits waits;
    private final Set<Integer> burying = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isFailing = new AtomicBoolean();

    Burials(Life life, Buckets buckets, DeadLetterTable deadLetters, EngineClock clock, Figures figures, Waits waits) {
        this.life = life;
        this.buckets = buckets;
        this.deadLetters = deadLetters;
        this.clock = clock;
        this.figures = figures;
        this.waits = waits;
    }

    /** A bucket has some: waits for nothing. */
    void bury(int bucket) {
        if (!burying.add(bucket)) {
            return;
        }
        life.start("delayqueue-bury", () -> {
            try {
                buryAll(bucket);
                isFailing.set(false);
            } catch (StoreFailure failure) {
                putOff(failure);
            } finally {
                burying.remove(bucket);
            }
        });
    }

    /** The next move finds them among the dying; the log gets to know when that begins. */
    private void putOff(StoreFailure failure) {
        figures.unburied.increment();
        if (!isFailing.getAndSet(true) && !life.isOver()) {
            LOGGER.log(System.Logger.Level.WARNING, "delayqueue_store_fails work=bury because=" + failure.getMessage());
        }
    }

    /** Several may do it at once: what is buried is buried once. */
    private void buryAll(int bucket) {
        for (List<Buckets.Dying> dying = buckets.dying(bucket, BURY_MAX);
                !dying.isEmpty();
                dying = buckets.dying(bucket, BURY_MAX)) {
            int buried = deadLetters.bury(dying, clock.nowMs());
            life.at(Step.DEAD_BURIED);
            forget(dying);
            figures.dead.add(buried);
        }
    }

    private void forget(List<Buckets.Dying> dying) {
        Map<Integer, List<Member>> byBit = new HashMap<>();
        dying.forEach(
                one -> byBit.computeIfAbsent(one.bit(), _ -> new ArrayList<>()).add(one.member()));
        byBit.forEach((bit, members) -> buckets.forget(members, bit));
    }

    /** What a release means for who waits, and for the dead; may wait for the stores. */
    void released(Receipts.Receipt receipt, Answer<Released> answer) {
        if (answer instanceof Answer.Done<Released>(Released released)) {
            if (released.isDead()) {
                buryReleased(receipt.member().bucket());
            } else {
                waits.isReady(
                        receipt.member().topic(),
                        receipt.bit(),
                        receipt.member().bucket());
            }
        }
    }

    /** Before the answer, so that whoever hears of a dead letter finds it. */
    private void buryReleased(int bucket) {
        try {
            buryAll(bucket);
        } catch (StoreFailure failure) {
            putOff(failure);
        }
    }
}
