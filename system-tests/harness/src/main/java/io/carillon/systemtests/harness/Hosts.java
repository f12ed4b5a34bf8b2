package io.carillon.systemtests.harness;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Some hosts on one network, as network namespaces on a bridge, which this machine is on, too. What one of them sends to
 * another can be made to get lost without a word, in one direction or in both. Needs root, {@code ip} and {@code nsenter}.
 */
public final class Hosts implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final AtomicInteger MADE = new AtomicInteger();
    /** Nobody has it: what is sent to it reaches everybody's network card and nobody's ears. */
    private static final String NOBODY = "02:00:00:00:00:01";

    private final Path folder;
    private final int count;
    private final String id;
    private final String subnet;
    private int commands;

    private Hosts(Path folder, int count) {
        this.folder = folder;
        this.count = count;
        long number = ProcessHandle.current().pid() * 10 + MADE.getAndIncrement() % 10;
        id = Long.toString(number % 1_000_000_000);
        subnet = "10." + (64 + number / 250 % 128) + "." + number % 250 + ".";
    }

    /** Why there can be no such hosts here; empty if there can. */
    public static Optional<String> obstacle() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return Optional.of("needs root to make network namespaces");
        }
        for (String tool : List.of("ip", "nsenter")) {
            if (!LoopDisk.isInstalled(tool)) {
                return Optional.of("needs the tool " + tool + " (Debian: iproute2, util-linux)");
            }
        }
        return mayMakeOne() ? Optional.empty() : Optional.of("needs the right to make network namespaces");
    }

    private static boolean mayMakeOne() {
        String name = "carillon-try-" + ProcessHandle.current().pid();
        Path folder = Workspace.folder("hosts-try");
        boolean made = OsProcess.start("try", folder, List.of("ip", "netns", "add", name), Map.of())
                        .awaitExit(PATIENCE)
                == 0;
        if (made) {
            OsProcess.start("end", folder, List.of("ip", "netns", "del", name), Map.of())
                    .awaitExit(PATIENCE);
        }
        return made;
    }

    /** Makes so many; the first one is number 1. */
    public static Hosts create(String name, int count) {
        Hosts hosts = new Hosts(Workspace.folder(name), count);
        Runtime.getRuntime().addShutdownHook(new Thread(hosts::close, "end-" + name));
        hosts.ip("link add name " + hosts.bridge() + " type bridge");
        hosts.ip("address add " + hosts.here() + "/24 dev " + hosts.bridge());
        hosts.ip("link set " + hosts.bridge() + " up");
        for (int host = 1; host <= count; host++) {
            hosts.join(host);
        }
        return hosts;
    }

    private void join(int host) {
        String cable = "cv" + id + "-" + host;
        ip("netns add " + namespace(host));
        ip("link add " + cable + " type veth peer name eth0 netns " + namespace(host));
        ip("link set " + cable + " master " + bridge() + " up");
        inside(host, "link set lo up");
        inside(host, "address add " + address(host) + "/24 dev eth0");
        inside(host, "link set eth0 up");
    }

    private String bridge() {
        return "cb" + id;
    }

    private String namespace(int host) {
        return "carillon-" + id + "-" + host;
    }

    /** The address of this machine on the network. */
    public String here() {
        return subnet + "254";
    }

    public String address(int host) {
        return subnet + host;
    }

    /** Where servers on this host run. */
    public Place place(int host) {
        // not "ip netns exec", which gives a process mounts of its own: those would outlive an unmount
        List<String> enter = List.of("nsenter", "--net=/var/run/netns/" + namespace(host));
        return new Place(address(host), enter, Optional.empty());
    }

    /** From now on, nothing that one host sends reaches the other one; the other direction is as it was. */
    public void cut(int from, int to) {
        inside(from, "neighbor replace " + address(to) + " lladdr " + NOBODY + " nud permanent dev eth0");
    }

    /** All hosts reach each other again. */
    public void heal() {
        for (int host = 1; host <= count; host++) {
            inside(host, "neighbor flush nud permanent dev eth0");
        }
    }

    private void inside(int host, String command) {
        ip("-n " + namespace(host) + " " + command);
    }

    private void ip(String command) {
        if (tryIp(command) != 0) {
            throw new AssertionError("ip " + command + " failed, see " + folder);
        }
    }

    private int tryIp(String command) {
        List<String> words = new ArrayList<>(List.of("ip"));
        words.addAll(Arrays.asList(command.split(" ")));
        return OsProcess.start("ip-" + commands++, folder, words, Map.of()).awaitExit(PATIENCE);
    }

    /** The processes on them should have ended. */
    @Override
    public void close() {
        if (!Files.exists(Path.of("/sys/class/net", bridge()))) {
            return;
        }
        for (int host = 1; host <= count; host++) {
            tryIp("netns del " + namespace(host));
            tryIp("link del cv" + id + "-" + host); // gone with its namespace, but perhaps not yet
        }
        tryIp("link del " + bridge());
    }
}
