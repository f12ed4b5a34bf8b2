package io.carillon.server;

import io.carillon.remoting.LocalDatagrams;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** PORT: the way to whoever watches over this process. Any thread may call; nothing waits for whoever is told. */
interface News {
    /** Completes when it is on its way; exceptionally when nobody takes it. */
    CompletableFuture<Boolean> send(String text);

    /** Repeats this, with so much time before each, for as long as the process runs. It must not throw. */
    void repeat(Duration each, Runnable work);

    static News by(LocalDatagrams datagrams) {
        return new News() {
            @Override
            public CompletableFuture<Boolean> send(String text) {
                return datagrams.send(text);
            }

            @Override
            public void repeat(Duration each, Runnable work) {
                datagrams.repeat(each, work);
            }
        };
    }
}
