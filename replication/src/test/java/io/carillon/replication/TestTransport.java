package io.carillon.replication;

import io.carillon.base.Counters;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import io.carillon.remoting.IoGroup;
import java.security.SecureRandom;

/** The I/O threads of all members in this process. */
final class TestTransport {
    static final IoGroup IO = IoGroup.open(
            2,
            work -> Thread.ofPlatform().daemon().name("member-io").unstarted(work),
            Transport.LIMITS,
            Ticker.system(),
            new Counters());

    static final Transport PLAIN = with(Secret.NONE);

    private TestTransport() {}

    /** Of members who know this. */
    static Transport with(Secret secret) {
        return new Transport(IO, null, null, secret, new SecureRandom());
    }
}
