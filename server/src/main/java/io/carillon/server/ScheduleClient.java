package io.carillon.server;

import io.carillon.remoting.Reply;
import io.carillon.remoting.Response;

/** Asks a broker about messages that wait. */
final class ScheduleClient {
    /** Who asks about everything that waits may have all of its index read. */
    private static final long PATIENCE_MS = 60_000;

    private ScheduleClient() {}

    /** @throws NoAnswer when nobody answers at that address */
    static Response ask(ScheduleCall call, AskedAs as) {
        Reply content = Reply.ok();
        call.fields().forEach(content::ext);
        return BrokerClient.ask(call.broker(), call.command().code(), content, as, PATIENCE_MS);
    }
}
