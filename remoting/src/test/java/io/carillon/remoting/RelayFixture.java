package io.carillon.remoting;

import static io.carillon.remoting.ReferenceCodec.answer;
import static io.carillon.remoting.ReferenceCodec.request;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** A client's connection to a follower, whose server passes on to the leader's what it does not answer itself. */
abstract class RelayFixture {
    static final int LOCAL = 1;
    static final int ECHO = 10;
    static final int WHO = 11;
    static final int KEEP = 12;
    static final int LARGE = 13;
    static final int ASK_ME = 14;

    final AtomicReference<@Nullable InetSocketAddress> target = new AtomicReference<>();
    final List<ReplyTo> kept = new CopyOnWriteArrayList<>();
    final List<Connection> atLeader = new CopyOnWriteArrayList<>();
    final List<AutoCloseable> open = new CopyOnWriteArrayList<>();

    @AfterEach
    void closeServers() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    <T extends AutoCloseable> T closing(T one) {
        open.add(one);
        return one;
    }

    TestServer leader(RemotingConfig config) throws IOException {
        TestServer leader = closing(new TestServer(config));
        leader.dispatcher
                .on(ECHO, request -> request.reply(echo(request)))
                .on(
                        WHO,
                        request -> request.reply(Reply.ok()
                                .ext(
                                        "from",
                                        request.connection().remoteAddress().toString())
                                .ext("encrypted", request.connection().isEncrypted())))
                .on(KEEP, request -> {
                    atLeader.add(request.connection());
                    kept.add(request.replyTo());
                })
                .on(ASK_ME, request -> {
                    atLeader.add(request.connection());
                    request.reply(Reply.ok());
                })
                .on(LARGE, request -> request.reply(Reply.ok().body(new byte[request.requiredInt("bytes")])));
        target.set(leader.server.address());
        return leader;
    }

    TestServer leader() throws IOException {
        return leader(TestServer.CONFIG);
    }

    static Reply echo(Request request) {
        return Reply.ok().ext("n", request.required("n")).body(request.copyBody());
    }

    TestServer follower(RemotingConfig config) throws IOException {
        TestServer follower = closing(new TestServer(config));
        serveLocally(follower.dispatcher).relayElse(new Relay(follower.io, target::get, null));
        return follower;
    }

    TestServer follower() throws IOException {
        return follower(TestServer.CONFIG);
    }

    static Dispatcher serveLocally(Dispatcher dispatcher) {
        return dispatcher.on(LOCAL, request -> request.reply(Reply.ok().ext("n", "local")));
    }

    TestPeer client(TestServer of) throws IOException {
        return closing(of.connect());
    }

    static byte[] echo(int opaque) {
        return request(ECHO, opaque, 0, Map.of("n", "v" + opaque));
    }

    static byte[] echoed(int opaque) {
        return answer(0, opaque, "\"n\":\"v" + opaque + '"', "");
    }
}
