package io.carillon.remoting;

import io.carillon.base.Counters;
import java.util.concurrent.atomic.LongAdder;

/** The figures of the sockets of one process. */
final class Traffic {
    final LongAdder connections;
    final LongAdder opened;
    final LongAdder refused;
    final LongAdder idleClosed;
    final LongAdder unprovenClosed;
    final LongAdder unfinishedClosed;
    final LongAdder encrypted;
    final LongAdder malformed;
    final LongAdder framesIn;
    final LongAdder framesOut;
    final LongAdder bytesIn;
    final LongAdder bytesOut;
    final LongAdder flushes;
    final LongAdder pauses;
    final LongAdder unsupported;
    final LongAdder handlerFaults;
    final LongAdder relayed;
    final LongAdder relayedFrames;
    final LongAdder unrelayed;
    final LongAdder relayFailures;

    Traffic(Counters counters) {
        connections = new LongAdder();
        counters.gauge("remoting_open_connections", connections::sum);
        opened = counters.counter("remoting_opened_connections");
        refused = counters.counter("remoting_refused_connections");
        idleClosed = counters.counter("remoting_idle_closed_connections");
        unprovenClosed = counters.counter("remoting_unauthenticated_closed_connections");
        unfinishedClosed = counters.counter("remoting_unfinished_frame_closed_connections");
        encrypted = counters.counter("remoting_encrypted_connections");
        malformed = counters.counter("remoting_malformed_frames");
        framesIn = counters.counter("remoting_in_frames");
        framesOut = counters.counter("remoting_out_frames");
        bytesIn = counters.counter("remoting_in_bytes");
        bytesOut = counters.counter("remoting_out_bytes");
        flushes = counters.counter("remoting_flushes");
        pauses = counters.counter("remoting_read_pauses");
        unsupported = counters.counter("remoting_unsupported_requests");
        relayed = new LongAdder();
        counters.gauge("remoting_relayed_open_connections", relayed::sum);
        relayedFrames = counters.counter("remoting_relayed_frames");
        unrelayed = counters.counter("remoting_unrelayed_requests");
        relayFailures = counters.counter("remoting_failed_relay_connections");
        handlerFaults = counters.counter("remoting_handler_faults");
    }
}
