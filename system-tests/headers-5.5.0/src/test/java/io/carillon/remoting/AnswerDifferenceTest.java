package io.carillon.remoting;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.apache.rocketmq.remoting.protocol.LanguageCode;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.SerializeType;

/** What we answer is what Apache reads: requests that it wrote, answered over a socket, in both encodings. */
class AnswerDifferenceTest {
    private static final int CODE = 310;
    private static final AtomicReference<Reply> NEXT = new AtomicReference<>();

    private static IoGroup io;
    private static RemotingServer server;
    private static Socket client;

    @BeforeContainer
    static void connect() throws IOException {
        Dispatcher dispatcher = new Dispatcher().on(CODE, request -> request.reply(NEXT.get()));
        io = IoGroup.open(
                1, Thread.ofPlatform().daemon().factory(), RemotingConfig.DEFAULT, Ticker.system(), new Counters());
        server = RemotingServer.listen(io, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), dispatcher);
        client = new Socket(InetAddress.getLoopbackAddress(), server.port());
        client.setSoTimeout(20_000);
    }

    @AfterContainer
    static void close() throws IOException {
        client.close();
        server.close();
        io.close();
    }

    @Property(tries = 2000, seed = "20261129")
    void writesWhatApacheReads(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        Map<String, String> fields = Commands.asciiNamed(random);
        String remark = random.nextInt(3) == 0 ? null : Commands.text(random);
        Reply reply = Reply.of(random.nextInt(Short.MAX_VALUE), remark);
        fields.forEach(reply::ext);
        byte[] body = new byte[random.nextInt(3) * random.nextInt(2000)];
        random.nextBytes(body);
        NEXT.set(reply.body(body));
        RemotingCommand request = RemotingCommand.createRequestCommand(CODE, null);
        request.setSerializeTypeCurrentRPC(random.nextBoolean() ? SerializeType.JSON : SerializeType.ROCKETMQ);
        request.setOpaque(random.nextInt());

        RemotingCommand answer = ask(request);

        assertThat(answer.getSerializeTypeCurrentRPC()).isEqualTo(request.getSerializeTypeCurrentRPC());
        assertThat(answer.isResponseType()).isTrue();
        assertThat(answer.getBody() == null ? new byte[0] : answer.getBody()).isEqualTo(body);
        assertThat(Told.of(answer))
                .isEqualTo(new Told(
                        reply.code(),
                        1,
                        request.getOpaque(),
                        FrameWriter.VERSION,
                        LanguageCode.JAVA.name(),
                        remark == null ? "" : remark,
                        new TreeMap<>(fields)));
    }

    private static RemotingCommand ask(RemotingCommand request) throws Exception {
        client.getOutputStream().write(request.encode().array());
        DataInputStream in = new DataInputStream(client.getInputStream());
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return RemotingCommand.decode(frame);
    }
}
