package io.carillon.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells one start of the machine from the next: what a process wrote and did not force outlives it, but not the machine. */
final class MachineRun {
    private static final Logger LOG = LoggerFactory.getLogger(MachineRun.class);
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private MachineRun() {}

    /** Another text after each start of the machine; {@code unknown} where the system does not say. */
    static String id() {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException e) {
            LOG.debug("no boot id here, an unclean stop counts as one of the machine", e);
            return "unknown";
        }
    }
}
