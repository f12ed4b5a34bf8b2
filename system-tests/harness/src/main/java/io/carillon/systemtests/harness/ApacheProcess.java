package io.carillon.systemtests.harness;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** One of Apache RocketMQ's own programs, with a small heap, started from its Maven artifacts. */
final class ApacheProcess {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private ApacheProcess() {}

    /**
     * Starts a program and waits until it says that it serves.
     *
     * @param folder its home, where it keeps everything
     */
    static OsProcess start(String name, Path folder, Pattern ready, String main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                // Under JDK 25 this version starts, but cannot load its own files again: name an older one for
                // restarts.
                System.getProperty("carillon.tests.apache.java", Workspace.java()),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1", // most of what it does is to start
                "-XX:MaxDirectMemorySize=512m",
                "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-Drocketmq.home.dir=" + folder,
                "-Drocketmq.log.root=" + folder,
                "-Duser.home=" + folder,
                "-cp",
                Workspace.apacheClassPath(),
                main));
        command.addAll(List.of(arguments));
        OsProcess process = OsProcess.start(
                name, folder, command, Map.of("ROCKETMQ_HOME", folder.toString(), "RMQ_PROXY_HOME", folder.toString()));
        try {
            process.awaitLine(ready, PATIENCE);
        } catch (AssertionError e) {
            process.kill();
            throw e;
        }
        return process;
    }
}
