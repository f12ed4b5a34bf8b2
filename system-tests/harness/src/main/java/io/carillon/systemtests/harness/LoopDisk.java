package io.carillon.systemtests.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A small ext4 in a file, mounted for a test: it can be full, and it can lose its power. Needs root and a loop device. */
public final class LoopDisk implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path folder;
    private final Path image;
    private final Path mount;
    private int commands;

    private LoopDisk(Path folder) {
        this.folder = folder;
        this.image = folder.resolve("image");
        this.mount = folder.resolve("mount");
    }

    /** Why there can be no such disk here; empty if there can. */
    public static Optional<String> obstacle() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return Optional.of("needs root to mount a file system");
        }
        for (String tool : List.of("mkfs.ext4", "mount", "umount", "xfs_io")) {
            if (!isInstalled(tool)) {
                return Optional.of("needs " + tool);
            }
        }
        return Files.exists(Path.of("/dev/loop-control")) ? Optional.empty() : Optional.of("needs loop devices");
    }

    static boolean isInstalled(String tool) {
        return Stream.of("/usr/sbin", "/sbin", "/usr/bin", "/bin")
                .anyMatch(place -> Files.isExecutable(Path.of(place, tool)));
    }

    /** Makes a fresh file system of this size and mounts it. */
    public static LoopDisk create(String name, long sizeMib) {
        LoopDisk disk = new LoopDisk(Workspace.folder(name));
        disk.run("truncate", "-s", sizeMib + "M", disk.image.toString());
        disk.run("mkfs.ext4", "-q", "-F", "-m", "0", disk.image.toString());
        try {
            Files.createDirectories(disk.mount);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(disk::close, "unmount-" + name));
        disk.mount();
        return disk;
    }

    /** Where it is mounted. */
    public Path path() {
        return mount;
    }

    private void mount() {
        run("mount", "-o", "loop", image.toString(), mount.toString());
    }

    /**
     * Pulls the plug: what was not forced is gone. The process is stopped first, so that it cannot acknowledge anything that
     * it wrote into a dead file system, and is killed; then the file system is mounted again, as after a reboot.
     */
    public void losePower(OsProcess process) {
        run("kill", "-STOP", Long.toString(process.pid()));
        fail();
        replace(process);
    }

    /** From now on whoever writes or forces is told of an input/output error; what was not forced is gone. */
    public void fail() {
        run("xfs_io", "-x", "-c", "shutdown", mount.toString());
    }

    /** Kills the process that had the disk which {@link #fail failed}, and mounts what is left of it. */
    public void replace(OsProcess process) {
        process.kill();
        unmount();
        mount();
    }

    private void unmount() {
        Awaitility.await("unmount")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptionsInstanceOf(AssertionError.class)
                .until(() -> {
                    if (isMounted()) {
                        run("umount", mount.toString());
                    }
                    return !isMounted();
                });
        // Else it would be mounted as it was, with what was not forced, or with its power gone.
        Awaitility.await("nobody to have " + image + " any more, such as a process with mounts of its own")
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptionsInstanceOf(UncheckedIOException.class) // a device went while it was looked at
                .until(() -> !isAttached());
    }

    /** Whether a loop device still stands for the image, as it does while its file system is mounted anywhere. */
    private boolean isAttached() throws IOException {
        try (Stream<Path> devices = Files.list(Path.of("/sys/block"))) {
            return devices.map(device -> device.resolve("loop/backing_file"))
                    .filter(Files::exists)
                    .anyMatch(file -> Workspace.read(file).strip().equals(image.toString()));
        }
    }

    private boolean isMounted() {
        return isMounted(mount);
    }

    private static boolean isMounted(Path place) {
        return Workspace.read(Path.of("/proc/mounts")).contains(" " + place + " ");
    }

    /** Takes away all room but {@code bytes}, with a file that {@link #free()} deletes. */
    public void fillBut(long bytes) {
        try {
            long usable = Files.getFileStore(mount).getUsableSpace();
            run("fallocate", "-l", Long.toString(usable - bytes), filler().toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives the room back. */
    public void free() {
        try {
            Files.delete(filler());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path filler() {
        return mount.resolve("filler");
    }

    private void run(String... command) {
        String name = "command-" + commands++ + "-" + command[0];
        OsProcess process = OsProcess.start(name, folder, List.of(command), Map.of());
        int exit = process.awaitExit(PATIENCE);
        if (exit != 0) {
            throw new AssertionError(String.join(" ", command) + " ended with " + exit + "\n" + process.tail());
        }
    }

    @Override
    public void close() {
        if (isMounted()) {
            unmount();
        }
        try {
            Files.deleteIfExists(image);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
