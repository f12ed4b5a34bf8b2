package io.carillon.server;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.IoGroup;
import io.carillon.remoting.RemotingClient;
import io.carillon.remoting.RemotingConfig;
import io.carillon.remoting.Reply;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A short life of a server for the build: it starts on free ports in a folder of its own, is asked for a route, sent some
 * messages and asked for them again, so that the JVM can record which classes that loads, and ends. So do three members of a
 * group: a member that is started again is waited for by clients.
 */
final class Training {
    private static final String TOPIC = "Training";
    private static final String TEMPLATE_TOPIC = "TBW102";
    private static final int MESSAGES = 20;
    private static final int MEMBERS = 3;
    private static final long PATIENCE_MS = 10_000;
    private static final long LOOK_AGAIN_NS = 50_000_000;

    private Training() {}

    static int run() {
        Path folder = temporaryFolder();
        try {
            live(folder);
            return ExitCode.OK;
        } finally {
            delete(folder);
        }
    }

    private static void live(Path folder) {
        ConfigReader.Effective config = ConfigReader.read(
                null,
                Map.of(),
                List.of(
                        setting("data", folder.toString()),
                        setting("nameserver-port", "0"),
                        setting("broker-port", "0"),
                        setting("http-port", "0"),
                        setting("log.segment-size", "1MiB")));
        try (Server server = Server.start(Role.SERVER, config)) {
            ReadyLine ready = server.readyLine();
            System.err.println(ready);
            use(ready);
            group(folder, String.valueOf(ready.nameserver()));
        }
    }

    private static void group(Path folder, String nameServer) {
        StringJoiner peers = new StringJoiner(",");
        List<Integer> ports = freePorts(MEMBERS);
        for (int node = 1; node <= MEMBERS; node++) {
            peers.add(node + "=127.0.0.1:" + ports.get(node - 1));
        }
        Deque<Server> members = new ArrayDeque<>();
        try {
            for (int node = 1; node <= MEMBERS; node++) {
                members.push(member(folder.resolve("member" + node), node, peers.toString(), nameServer));
            }
            withClient(client -> members.forEach(
                    member -> useMember(client, address(member.readyLine().broker()))));
        } finally {
            members.forEach(Server::close);
        }
    }

    private static Server member(Path folder, int node, String peers, String nameServer) {
        return Server.start(
                Role.BROKER,
                ConfigReader.read(
                        null,
                        Map.of(),
                        List.of(
                                setting("data", folder.toString()),
                                setting("nameservers", nameServer),
                                setting("broker-port", "0"),
                                setting("broker.name", "group"),
                                setting("replication.node-id", Integer.toString(node)),
                                setting("replication.peers", peers),
                                setting("log.flush", "SYNC"),
                                setting("log.segment-size", "1MiB"))));
    }

    private static List<Integer> freePorts(int count) {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            List<Integer> ports = held.stream().map(ServerSocket::getLocalPort).toList();
            for (ServerSocket socket : held) {
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends until somebody leads, and a little more. */
    private static void useMember(RemotingClient client, InetSocketAddress broker) {
        long untilMs = Ticker.system().nowMs() + PATIENCE_MS;
        int accepted = 0;
        for (int i = 0; accepted < MESSAGES && Ticker.system().nowMs() < untilMs; i++) {
            if (ask(client, broker, RequestCode.SEND_MESSAGE_V2, message(i)) == ResponseCode.SUCCESS) {
                accepted++;
            } else {
                LockSupport.parkNanos(LOOK_AGAIN_NS);
            }
        }
    }

    private static void withClient(Consumer<RemotingClient> use) {
        try (Threads threads = new Threads();
                IoGroup io = IoGroup.open(1, threads.io(), RemotingConfig.DEFAULT, Ticker.system(), new Counters());
                RemotingClient client = new RemotingClient(io, new Dispatcher())) {
            use.accept(client);
        }
    }

    private static ConfigReader.FlagValue setting(String key, String text) {
        return new ConfigReader.FlagValue(CommandLines.TRAIN, key, text);
    }

    private static void use(ReadyLine ready) {
        withClient(client -> {
            InetSocketAddress broker = address(ready.broker());
            for (int i = 0; i < MESSAGES; i++) {
                ask(client, broker, RequestCode.SEND_MESSAGE_V2, message(i));
            }
            ask(
                    client,
                    address(ready.nameserver()),
                    RequestCode.GET_ROUTEINFO_BY_TOPIC,
                    Reply.ok().ext("topic", TOPIC));
            ask(client, broker, RequestCode.PULL_MESSAGE, pull());
        });
        post(address(ready.http()), "/v1/topics/" + TOPIC + "/messages", "{\"text\":\"training\",\"delay\":\"1s\"}");
        post(address(ready.http()), "/v1/topics/" + TOPIC + "/groups/training:pull", "{\"max\":10}");
        look(String.valueOf(ready.broker()));
    }

    /** By hand: the JDK's client would be recorded, too, and no server needs it. */
    private static void post(InetSocketAddress at, String path, String json) {
        byte[] request = ("POST " + path + " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: "
                        + json.length() + "\r\n\r\n" + json)
                .getBytes(StandardCharsets.US_ASCII);
        try (Socket socket = new Socket(at.getAddress(), at.getPort())) {
            socket.getOutputStream().write(request);
            int bytes = socket.getInputStream().readAllBytes().length;
            System.err.println("training: " + path + " answered with " + bytes + " bytes");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nobody likes to wait for a command that only asks something. */
    private static void look(String broker) {
        new ScheduleCommands(System.err, System.err, Ticker.system(), call -> ScheduleClient.ask(call, AskedAs.NOBODY))
                .run(CommandLines.all()
                        .parseArgs(ScheduleCommands.NAME, "list", "--broker", broker)
                        .subcommand());
    }

    private static Reply message(int number) {
        return Reply.ok()
                .ext("a", "training")
                .ext("b", TOPIC)
                .ext("c", TEMPLATE_TOPIC)
                .ext("d", 4)
                .ext("e", 0)
                .ext("f", 0)
                .ext("g", Ticker.system().nowMs())
                .ext("h", 0)
                .ext(
                        "i",
                        "UNIQ_KEY\u0001" + String.format("%032X", number) + "\u0002TAGS\u0001a\u0002KEYS\u0001k"
                                + number)
                .ext("j", 0)
                .ext("k", false)
                .ext("m", false)
                .body(("message " + number).getBytes(StandardCharsets.UTF_8));
    }

    private static Reply pull() {
        return Reply.ok()
                .ext("consumerGroup", "training")
                .ext("topic", TOPIC)
                .ext("queueId", 0)
                .ext("queueOffset", 0)
                .ext("maxMsgNums", MESSAGES)
                .ext("sysFlag", 4)
                .ext("commitOffset", 0)
                .ext("suspendTimeoutMillis", 0)
                .ext("subscription", "*")
                .ext("subVersion", 0)
                .ext("expressionType", "TAG");
    }

    /** Whatever the answer is: a training that is refused something still trains the rest. */
    private static int ask(RemotingClient client, InetSocketAddress address, int code, Reply content) {
        int answer = client.call(address, code, content, PATIENCE_MS).join().code();
        System.err.println("training: request code " + code + " answered with " + answer);
        return answer;
    }

    private static InetSocketAddress address(@Nullable HostPort at) {
        if (at == null) {
            throw new IllegalStateException("the server for the training lacks a part");
        }
        return new InetSocketAddress(at.host(), at.port());
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("carillon-train");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
