package io.carillon.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Starts the packed Carillon as a user does, by its script and so with its own flags for Java; the script becomes the
 * server, so the process that is started is the one that counts.
 */
record CarillonScript(Harness harness, Launch.Heap heap) {
    /** A setting: what other files there are on this machine's disk must not make it drop anything. */
    static final String KEEP_ALL = "log.disk-use-max=99";

    /** The same with the packed server's own heap: a name server needs no more. */
    CarillonScript withoutHeap() {
        return new CarillonScript(harness, Launch.Heap.DEFAULT);
    }

    Child start(String name, List<String> arguments, Path folder) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(harness.root().resolve("carillon").toString());
        command.addAll(arguments);
        return Child.start(name, command, environment(), folder);
    }

    /** What was built is run as it is, on the Java that runs this program. */
    private Map<String, String> environment() {
        List<String> options = new ArrayList<>();
        if (heap == Launch.Heap.SAME) {
            options.addAll(List.of("-Xms" + harness.heap(), "-Xmx" + harness.heap()));
        }
        options.addAll(harness.carillonJvm());
        return Map.of(
                "CARILLON_NO_BUILD",
                "1",
                "JAVA_HOME",
                System.getProperty("java.home"),
                "CARILLON_JAVA_OPTS",
                String.join(" ", options));
    }
}
