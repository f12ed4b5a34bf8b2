package io.carillon.systemtests.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The packed Carillon, started the way its launcher starts it. */
public final class CarillonServer implements Server {
    /** Where a server is told a wrong time, it may say that it was ready before it began. */
    private static final Pattern READY = Pattern.compile("carillon ready (.*) in (-?[0-9.]+)s");

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** How full the disk of the machine is must not make a server drop what a test looks for. */
    private static final Map<String, String> ANY_DISK = Map.of("CARILLON_LOG_DISK_USE_MAX", "100");
    /** Else each server writes a spare file of 256 MiB when it starts, and disks wait for that. A test may set another size. */
    private static final Map<String, String> SMALL_FILES =
            Map.of("CARILLON_LOG_DISK_USE_MAX", "100", "CARILLON_LOG_SEGMENT_SIZE", "32MiB");

    private final Path folder;
    private final Path data;
    private volatile List<String> arguments; // of the next start
    private final String role;
    private final Map<String, String> environment;
    private final Place place;
    private int nameServerPort;
    private int brokerPort;
    private int httpPort;
    private int starts;
    private volatile OsProcess process; // a watchdog may start another one

    private CarillonServer(
            Path folder, Path data, String role, List<String> arguments, Map<String, String> environment) {
        this(folder, Place.HERE.withData(data), role, arguments, environment);
    }

    private CarillonServer(
            Path folder, Place place, String role, List<String> arguments, Map<String, String> environment) {
        this.folder = folder;
        this.place = place;
        this.data = place.data().orElse(folder.resolve("data"));
        this.role = role;
        this.arguments = arguments;
        this.environment = environment;
        this.process = launch();
    }

    /** Starts {@code carillon server} in a fresh folder whose files are as large as by default. */
    static CarillonServer startByDefault(String name) {
        Path folder = Workspace.folder(name);
        return new CarillonServer(folder, folder.resolve("data"), "server", List.of(), ANY_DISK);
    }

    /** Starts {@code carillon server} with {@code arguments} in a fresh folder. */
    public static CarillonServer start(String name, String... arguments) {
        Path folder = Workspace.folder(name);
        return startOn(folder, folder.resolve("data"), arguments);
    }

    /** Starts {@code carillon server} with its data in a given folder, which may hold data already. */
    public static CarillonServer startOn(Path folder, Path data, String... arguments) {
        return new CarillonServer(folder, data, "server", List.of(arguments), SMALL_FILES);
    }

    /** Starts one of the separate roles, {@code nameserver}, {@code broker} or {@code delayqueue}. */
    public static CarillonServer startRole(String role, String name, String... arguments) {
        return startRoleAt(Place.HERE, role, name, arguments);
    }

    /** Likewise, with this in its environment. */
    public static CarillonServer startRole(
            Map<String, String> environment, String role, String name, String... arguments) {
        return startRoleAt(Place.HERE, environment, role, name, arguments);
    }

    /** Likewise, somewhere. */
    static CarillonServer startRoleAt(Place place, String role, String name, String... arguments) {
        return startRoleAt(place, Map.of(), role, name, arguments);
    }

    /** Likewise, with this in its environment. */
    static CarillonServer startRoleAt(
            Place place, Map<String, String> more, String role, String name, String... arguments) {
        Map<String, String> environment = new HashMap<>(SMALL_FILES);
        environment.putAll(more);
        return new CarillonServer(Workspace.folder(name), place, role, List.of(arguments), environment);
    }

    private OsProcess launch() {
        OsProcess started = spawn();
        try {
            readPorts(started.awaitLine(READY, PATIENCE));
            return started;
        } catch (AssertionError e) {
            started.kill();
            throw e;
        }
    }

    private OsProcess spawn() {
        return spawn(List.of());
    }

    private OsProcess spawn(List<String> more) {
        List<String> command = command(nameServerPort, brokerPort);
        command.addAll(more);
        return OsProcess.start("carillon-" + starts++, folder, command, environment);
    }

    /** Starts a second process on the same data but other ports, without waiting for it. */
    public OsProcess spawnSecond() {
        return OsProcess.start("carillon-second-" + starts++, folder, command(0, 0), environment);
    }

    private List<String> command(int nameServerPort, int brokerPort) {
        List<String> command = new ArrayList<>(place.enter());
        command.addAll(Workspace.carillon());
        command.add(role);
        command.addAll(place.arguments());
        boolean isDelayQueue = role.equals("delayqueue");
        if (!role.equals("nameserver")) {
            command.addAll(List.of("--data", data.toString()));
        }
        if (!role.equals("nameserver") && !isDelayQueue) {
            command.addAll(List.of("--broker-port", Integer.toString(brokerPort)));
        }
        if (!role.equals("broker") && !isDelayQueue) {
            command.addAll(List.of("--nameserver-port", Integer.toString(nameServerPort)));
        }
        // A port that only few tests speak to, and that all of them would want to have.
        if (!role.equals("nameserver") && !arguments.contains("--http-port")) {
            command.addAll(List.of("--set", "http.enabled=false"));
        }
        command.addAll(arguments);
        return command;
    }

    private void readPorts(MatchResult ready) {
        String line = ready.group(1) + " ";
        nameServerPort = port(line, "nameserver", nameServerPort);
        brokerPort = port(line, "broker", brokerPort);
        httpPort = port(line, "http", httpPort);
    }

    private int port(String line, String name, int otherwise) {
        return Pattern.compile(name + "=" + Pattern.quote(place.address()) + ":(\\d+) ")
                .matcher(line)
                .results()
                .findFirst()
                .map(found -> Integer.parseInt(found.group(1)))
                .orElse(otherwise);
    }

    @Override
    public String nameServer() {
        return argument("--nameservers", place.address() + ":" + nameServerPort);
    }

    @Override
    public String broker() {
        return place.address() + ":" + brokerPort;
    }

    @Override
    public int httpPort() {
        return httpPort;
    }

    @Override
    public String brokerName() {
        return argument("--broker-name", "broker-a");
    }

    @Override
    public String clusterName() {
        return argument("--cluster", "DefaultCluster");
    }

    private String argument(String name, String otherwise) {
        int at = arguments.indexOf(name);
        return at < 0 ? otherwise : arguments.get(at + 1);
    }

    @Override
    public Path data() {
        return data;
    }

    @Override
    public OsProcess brokerProcess() {
        return process;
    }

    @Override
    public void stop() {
        process.terminate(Duration.ofSeconds(5));
    }

    @Override
    public void kill() {
        process.kill();
    }

    /** Starts again as {@link #restart} does, with these arguments more, but returns at once: it may refuse to, and then says why. */
    public OsProcess restartUnawaited(String... more) {
        process = spawn(List.of(more));
        return process;
    }

    /** From its next start on, this flag has this value. */
    public void tell(String flag, String value) {
        List<String> told = new ArrayList<>(arguments);
        int at = told.indexOf(flag);
        if (at < 0) {
            told.addAll(List.of(flag, value));
        } else {
            told.set(at + 1, value);
        }
        arguments = List.copyOf(told);
    }

    /** Deletes its data folder, as a disk does that is lost for good. It must have ended. */
    public void loseData() {
        if (process.isAlive()) {
            throw new IllegalStateException("it still runs on " + data);
        }
        try {
            Workspace.deleteTree(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Finds it where it listens now: a member of a group that copied its log began anew by itself. */
    void lookWhereItIs() {
        READY.matcher(process.output()).results().reduce((_, last) -> last).ifPresent(this::readPorts);
    }

    /** Waits until it serves, after {@link #restartUnawaited}. */
    public void awaitReady() {
        readPorts(process.awaitLine(READY, PATIENCE));
    }

    @Override
    public void restart() {
        process = launch();
    }

    @Override
    public void close() {
        process.close();
    }
}
