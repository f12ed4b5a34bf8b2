package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.RemotingConfig;
import io.carillon.remoting.RemotingServer;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.Response;
import io.carillon.remoting.ResponseCode;
import io.carillon.testkit.ManualTicker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What finds no room is refused by code 2, its reason is counted, and room is free again when the work is done. */
@Timeout(60)
class RoomTest {
    private final Counters counters = new Counters();
    private final BlockingQueue<Runnable> waiting = new LinkedBlockingQueue<>();

    @Test
    void refusesAndCountsWhatFindsNoRoomUntilTheWorkIsDone() throws Exception {
        Aside aside = new Aside(waiting::add, Room.ofSurveys(counters, 2));
        Dispatcher dispatcher =
                new Dispatcher().on(RequestCode.SCHEDULE_LIST, request -> aside.answer(request, Reply::ok));
        try (IoGroup io = IoGroup.open(
                        1,
                        Thread.ofPlatform().daemon().factory(),
                        RemotingConfig.DEFAULT,
                        new ManualTicker(),
                        counters);
                RemotingServer server = RemotingServer.listen(
                        io, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), dispatcher);
                RemotingClient client = new RemotingClient(io, new Dispatcher())) {
            CompletableFuture<Response> connecting = ask(client, server); // until then requests pass each other
            waiting.take().run();
            connecting.get(20, TimeUnit.SECONDS);
            CompletableFuture<Response> first = ask(client, server);
            CompletableFuture<Response> second = ask(client, server);

            Response refused = ask(client, server).get(20, TimeUnit.SECONDS);

            assertThat(refused.code()).isEqualTo(ResponseCode.SYSTEM_BUSY);
            assertThat(refused.remark()).startsWith("2 requests that look through waiting messages");
            assertThat(counters.snapshot()).containsEntry("busy_schedule_surveys", 1L);
            waiting.take().run();
            waiting.take().run();
            assertThat(first.get(20, TimeUnit.SECONDS).code()).isZero();
            assertThat(second.get(20, TimeUnit.SECONDS).code()).isZero();
            CompletableFuture<Response> again = ask(client, server);
            waiting.take().run();
            assertThat(again.get(20, TimeUnit.SECONDS).code()).isZero();
            assertThat(counters.snapshot()).containsEntry("busy_schedule_surveys", 1L);
        }
    }

    private static CompletableFuture<Response> ask(RemotingClient client, RemotingServer server) {
        return client.call(server.address(), RequestCode.SCHEDULE_LIST, Reply.ok(), 20_000);
    }
}
