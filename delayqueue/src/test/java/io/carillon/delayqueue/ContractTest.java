package io.carillon.delayqueue;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.contract.DelayQueueContract;
import io.carillon.http.Caller;
import io.carillon.http.Callers;
import io.carillon.http.HttpConfig;
import io.carillon.http.HttpFront;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** The engine over Redis and MySQL does what every engine must. */
class ContractTest extends DelayQueueContract {
    private final ScheduledExecutorService aside = Executors.newScheduledThreadPool(1);
    private Rig rig;
    private HttpFront front;

    @Override
    protected int open() {
        rig = Rig.fresh();
        DelayQueue queue = rig.open();
        front = HttpFront.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new HttpFront.Parts(
                        queue,
                        HttpConfig.DEFAULT,
                        new Everybody(),
                        null,
                        Thread.ofPlatform().daemon().name("http-", 1).factory(),
                        1,
                        aside,
                        () -> true,
                        Ticker.system(),
                        new Counters()));
        return front.port();
    }

    @Override
    protected void shut() {
        rig.close();
        front.close();
        aside.shutdownNow();
    }

    /** The port trusts whoever reaches it. */
    private static final class Everybody implements Callers {
        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public Caller byToken(String token) {
            return null;
        }

        @Override
        public Caller byCertificate(String commonName) {
            return null;
        }
    }
}
