package io.carillon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts processes of Apache RocketMQ from its Maven artifacts. The JVM flags are those of its own {@code runbroker.sh} save
 * the heap, which is the comparison's, and the touching of all heap pages at start, which costs start-up time and would hide
 * what it really uses.
 *
 * @param folder where configuration, logs and output of the process go
 */
record ApacheJvm(Path lib, Path folder) {
    private static final List<String> FLAGS = List.of(
            "-XX:+UseG1GC",
            "-XX:G1HeapRegionSize=16m",
            "-XX:G1ReservePercent=25",
            "-XX:InitiatingHeapOccupancyPercent=30",
            "-XX:SoftRefLRUPolicyMSPerMB=0",
            "-XX:-OmitStackTraceInFastThrow",
            "-XX:MaxDirectMemorySize=15g",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED");

    Child nameServer(List<String> config) throws IOException {
        return start("namesrv", "512m", "org.apache.rocketmq.namesrv.NamesrvStartup", config);
    }

    Child broker(String heap, List<String> config) throws IOException {
        return start("broker", heap, "org.apache.rocketmq.broker.BrokerStartup", config);
    }

    private Child start(String name, String heap, String main, List<String> config) throws IOException {
        Files.createDirectories(folder);
        Path file = Files.write(folder.resolve(name + ".properties"), config);
        List<String> command = new ArrayList<>(List.of(Harness.java(), "-Xms" + heap, "-Xmx" + heap));
        command.addAll(FLAGS);
        command.add("-Drocketmq.home.dir=" + folder);
        command.add("-Duser.home=" + folder); // its logs go below
        command.addAll(List.of("-cp", lib + "/*", main, "-c", file.toString()));
        return Child.start(name, command, folder);
    }
}
