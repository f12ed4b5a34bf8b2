package io.carillon.delayqueue;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.contract.Everybody;
import io.carillon.http.HttpConfig;
import io.carillon.http.HttpFront;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** The HTTP port above a node, in this process; or, by {@link #main}, in a process of its own, whose memory can be told. */
final class HttpNode implements AutoCloseable {
    private final ScheduledExecutorService aside = Executors.newScheduledThreadPool(1);
    private final HttpFront front;

    HttpNode(DelayQueue queue) {
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
    }

    int port() {
        return front.port();
    }

    @Override
    public void close() {
        front.close();
        aside.shutdownNow();
    }

    /** Runs a node on the stores at these two addresses, prints its port, and ends when its input does. */
    public static void main(String[] args) throws IOException {
        DelayQueueConfig config = Rig.config(args[0], args[1], DelayQueueBench.timing(DelayTimer.Style.NOTIFY));
        try (DelayQueue queue = DelayQueue.open(config, new DelayQueue.Given(Ticker.system(), null, StoreTls.NONE));
                HttpNode node = new HttpNode(queue)) {
            System.out.println("PORT " + node.port());
            System.in.transferTo(System.out);
        }
    }
}
