package io.carillon.systemtests.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What processes take for the starts of their machine: each sees a boot id that stands in a file of ours, in a mount namespace of its own.
 * With a {@link LoopDisk} that lost its power, a process that begins after {@link #again} is where it would be after a power loss of the
 * machine. Needs root.
 */
public final class Boots {
    private static final String BOOT_ID = "/proc/sys/kernel/random/boot_id";

    private final Path file;

    public Boots(String name) {
        file = Workspace.folder(name).resolve("boot_id");
        again();
    }

    /** Why there can be none here; empty if there can. */
    public static Optional<String> obstacle() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return Optional.of("needs root to make a mount namespace");
        }
        return LoopDisk.isInstalled("unshare")
                ? Optional.empty()
                : Optional.of("needs the tool unshare (Debian: util-linux)");
    }

    /** The machine starts again. */
    public void again() {
        try {
            Files.writeString(file, UUID.randomUUID() + "\n"); // in place: it is mounted
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same place, on this machine. */
    public Place place(Place place) {
        List<String> enter = new ArrayList<>(place.enter());
        enter.addAll(List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount --bind \"$0\" " + BOOT_ID + " && exec \"$@\"",
                file.toString()));
        return new Place(place.address(), enter, place.data());
    }
}
