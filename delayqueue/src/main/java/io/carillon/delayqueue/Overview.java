package io.carillon.delayqueue;

import io.carillon.base.delayqueue.Health;
import io.carillon.base.delayqueue.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a node is doing, for who looks after it. Any thread may ask; nothing here waits for a store. */
final class Overview {
    /** What is counted and timed. */
    record Parts(
            Figures figures,
            Leases leases,
            Keeper keeper,
            Waits waits,
            Depths depths,
            EngineClock clock,
            News news,
            StoreTimes ofMysql,
            StoreTimes ofRedis) {}

    private final Parts parts;
    /** Why a store does not answer; empty while it does. */
    private volatile String faultOfMysql = "";

    private volatile String faultOfRedis = "";

    Overview(Parts parts) {
        this.parts = parts;
    }

    /** @param fault why it does not answer; empty when it does */
    void note(StoreFailure.Store store, String fault) {
        switch (store) {
            case MYSQL -> faultOfMysql = fault;
            case REDIS -> faultOfRedis = fault;
        }
    }

    Health health() {
        long rebuilding = parts.keeper().rebuilding();
        int held = parts.leases().held().size();
        return new Health(
                faultOfMysql.isEmpty() && faultOfRedis.isEmpty(),
                List.of(
                        part(StoreFailure.Store.MYSQL, faultOfMysql),
                        part(StoreFailure.Store.REDIS, faultOfRedis),
                        new Health.Part(
                                "order",
                                rebuilding == 0,
                                rebuilding == 0 ? "whole" : rebuilding + " buckets are being built again"),
                        new Health.Part("leases", true, held + " of " + MessageId.BUCKETS + " buckets")));
    }

    static Health.Part part(StoreFailure.Store store, String fault) {
        return new Health.Part(
                store.part(), fault.isEmpty(), fault.isEmpty() ? "answers" : "does not answer: " + fault);
    }

    List<Metric> metrics() {
        List<Metric> all = new ArrayList<>(parts.figures().metrics());
        all.addAll(parts.depths().metrics());
        all.add(answering(faultOfMysql.isEmpty(), faultOfRedis.isEmpty()));
        all.addAll(parts.ofMysql().metrics());
        all.addAll(parts.ofRedis().metrics());
        all.addAll(ofLeases());
        all.add(gauge(
                "news_up",
                "Whether this node hears what others tell it by way of Redis: 1, or 0.",
                parts.news().isUp() ? 1 : 0));
        all.add(gauge("waiting_pulls", "Pulls that wait.", parts.waits().waiting()));
        all.add(gauge(
                "clock_ahead_milliseconds",
                "By how much Redis's clock is ahead.",
                parts.clock().aheadMs()));
        return all;
    }

    static Metric answering(boolean doesMysql, boolean doesRedis) {
        return new Metric(
                "delayqueue_store_up",
                "Whether a store answers: 1, or 0.",
                Metric.Kind.GAUGE,
                List.of(
                        new Metric.Sample("", Map.of("store", StoreFailure.Store.MYSQL.part()), doesMysql ? 1.0 : 0.0),
                        new Metric.Sample(
                                "", Map.of("store", StoreFailure.Store.REDIS.part()), doesRedis ? 1.0 : 0.0)));
    }

    private List<Metric> ofLeases() {
        List<Metric.Sample> epochs = new ArrayList<>();
        for (Leases.Held lease : parts.leases().held()) {
            epochs.add(
                    new Metric.Sample("", Map.of("bucket", Integer.toString(lease.bucket())), (double) lease.epoch()));
        }
        return List.of(
                gauge("leases", "Buckets that this node looks after.", epochs.size()),
                new Metric(
                        "delayqueue_lease_epoch",
                        "Since which epoch this node looks after a bucket; where two say so, the greater one does.",
                        Metric.Kind.GAUGE,
                        epochs),
                gauge(
                        "rebuilding_buckets",
                        "Those of them whose order is being built again.",
                        parts.keeper().rebuilding()));
    }

    private static Metric gauge(String name, String help, long value) {
        return Metric.of("delayqueue_" + name, help, Metric.Kind.GAUGE, (double) value);
    }
}
