package io.carillon.systemtests.history;

import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.Hosts;
import io.carillon.systemtests.harness.LoopDisk;
import io.carillon.systemtests.harness.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Where brokers run: on hosts and disks of their own, where there can be any. One host is free: who comes anew has it. */
final class Sites implements AutoCloseable {
    private final Optional<Hosts> hosts;
    private final List<LoopDisk> disks;
    private final int count;
    private final Map<CarillonServer, Integer> numbers = new HashMap<>();

    private Sites(Optional<Hosts> hosts, List<LoopDisk> disks, int count) {
        this.hosts = hosts;
        this.disks = disks;
        this.count = count;
    }

    /** Makes so many, with disks of this size; 0 for no disks. */
    static Sites create(String name, int count, boolean withHosts, long diskMib) {
        List<LoopDisk> disks = new ArrayList<>();
        try {
            if (diskMib > 0 && LoopDisk.obstacle().isEmpty()) {
                IntStream.rangeClosed(1, count)
                        .forEach(number -> disks.add(LoopDisk.create(name + "-disk-" + number, diskMib)));
            }
            boolean isOnHosts = withHosts && Hosts.obstacle().isEmpty();
            return new Sites(
                    isOnHosts ? Optional.of(Hosts.create(name + "-hosts", count)) : Optional.empty(), disks, count);
        } catch (RuntimeException | Error e) {
            disks.forEach(LoopDisk::close);
            throw e;
        }
    }

    boolean hasHosts() {
        return hosts.isPresent();
    }

    boolean hasDisks() {
        return !disks.isEmpty();
    }

    /** Where a name server runs that all of them reach. */
    Place names() {
        return hosts.map(net -> new Place(net.here(), List.of(), Optional.empty()))
                .orElse(Place.HERE);
    }

    /** The first one is number 1. */
    Place place(int number) {
        Place place = hosts.map(net -> net.place(number)).orElse(Place.HERE);
        return disks.isEmpty()
                ? place
                : place.withData(disks.get(number - 1).path().resolve("data"));
    }

    /** This broker runs there. */
    void have(CarillonServer node, int number) {
        numbers.put(node, number);
    }

    /** This broker runs nowhere any more. */
    void leave(CarillonServer node) {
        numbers.remove(node);
    }

    /** The number of one where no broker runs. */
    int free() {
        return IntStream.rangeClosed(1, count)
                .filter(number -> !numbers.containsValue(number))
                .findFirst()
                .orElseThrow();
    }

    LoopDisk diskOf(CarillonServer node) {
        return disks.get(numbers.get(node) - 1);
    }

    /** From now on what this one sends to others gets lost, or what they send to it, or both. */
    void cut(CarillonServer node, boolean sends, boolean hears) {
        int number = numbers.get(node);
        for (int other = 1; other <= count; other++) {
            if (other != number && sends) {
                hosts.orElseThrow().cut(number, other);
            }
            if (other != number && hears) {
                hosts.orElseThrow().cut(other, number);
            }
        }
    }

    /** All hear each other again. */
    void heal() {
        hosts.orElseThrow().heal();
    }

    @Override
    public void close() {
        hosts.ifPresent(Hosts::close);
        disks.forEach(LoopDisk::close);
    }
}
