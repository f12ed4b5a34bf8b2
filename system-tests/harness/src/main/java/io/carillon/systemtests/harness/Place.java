package io.carillon.systemtests.harness;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where a server runs and where it keeps its data.
 *
 * @param address the address of its host
 * @param enter how a command line begins that runs on that host; empty for this one
 * @param data its data folder; empty for one beside what it prints
 */
public record Place(String address, List<String> enter, Optional<Path> data) {
    private static final String LOOPBACK = "127.0.0.1";
    /** On the loopback address of this machine. */
    public static final Place HERE = new Place(LOOPBACK, List.of(), Optional.empty());

    /** The same host, with this data folder. */
    public Place withData(Path folder) {
        return new Place(address, enter, Optional.of(folder));
    }

    /** What a server must be told to listen there. */
    List<String> arguments() {
        return address.equals(LOOPBACK) ? List.of() : List.of("--bind", address, "--insecure");
    }
}
