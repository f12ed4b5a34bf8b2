package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Delivery;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * PORT: where due messages go instead of to pulls, such as topics of a broker. What the future of a message fails for is
 * given back and tried again; what it completes for is settled. A crash in between hands it over twice.
 */
public interface Sink {
    /** A future for each, in their order; must not block. */
    List<CompletableFuture<Void>> deliver(List<Delivery> due);
}
