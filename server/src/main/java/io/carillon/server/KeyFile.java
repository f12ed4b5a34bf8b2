package io.carillon.server;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.broker.access.SecretBox;
import io.carillon.broker.access.SecurityConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * The key that seals users' secrets: 32 bytes in Base64, in a file that its owner alone may read, and that lies outside
 * the data folder, so that a copy of the one is worth nothing without the other.
 */
final class KeyFile {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OTHERS =
            EnumSet.complementOf(EnumSet.copyOf(PosixFilePermissions.fromString("rwx------")));

    private KeyFile() {}

    /**
     * The configured key, or the one of the file, which is made when it is missing.
     *
     * @throws BadConfig when it is no key, or others may read it
     */
    static byte[] key(SecurityConfig config, Path data, RandomGenerator random) {
        if (!config.key().isEmpty()) {
            return decoded(config.key().reveal(), "security.key");
        }
        Path file = file(config, data);
        try {
            return Files.exists(file) ? read(file) : make(file, random);
        } catch (IOException e) {
            throw new BadConfig("cannot use the key file " + file + " (security.key-file): " + e);
        }
    }

    /**
     * The key that receipts of the delay queue are signed with. It lies in the data folder: receipts are worth nothing
     * without the messages there, and are to be good after a restart.
     *
     * @throws BadConfig when it is no key, or others may read it
     */
    static byte[] ofReceipts(Path data, RandomGenerator random) {
        Path file = data.resolve("receipts.key");
        try {
            return Files.exists(file) ? read(file) : make(file, random);
        } catch (IOException e) {
            throw new BadConfig("cannot use the key file " + file + ": " + e);
        }
    }

    private static Path file(SecurityConfig config, Path data) {
        Path file = config.keyFile().toString().isEmpty()
                ? data.resolveSibling(data.getFileName() + ".key")
                : config.keyFile().toAbsolutePath().normalize();
        if (file.startsWith(data)) {
            throw new BadConfig("security.key-file must not lie in the data folder: who copies the data would have the"
                    + " key to its secrets");
        }
        return file;
    }

    private static byte[] read(Path file) throws IOException {
        Set<PosixFilePermission> open = EnumSet.noneOf(PosixFilePermission.class);
        open.addAll(Files.getPosixFilePermissions(file));
        open.retainAll(OTHERS);
        if (!open.isEmpty()) {
            throw new BadConfig("the key file " + file + " is open to others than its owner; say: chmod 600 " + file);
        }
        return decoded(Files.readString(file).strip(), "the key file " + file);
    }

    private static byte[] make(Path file, RandomGenerator random) throws IOException {
        byte[] key = new byte[SecretBox.KEY_BYTES];
        random.nextBytes(key);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        byte[] text = (Base64.getEncoder().encodeToString(key) + "\n").getBytes(StandardCharsets.US_ASCII);
        Files.write(file, text, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
        return key;
    }

    private static byte[] decoded(String text, String where) {
        try {
            byte[] key = Base64.getDecoder().decode(text);
            if (key.length == SecretBox.KEY_BYTES) {
                return key;
            }
        } catch (IllegalArgumentException e) {
            throw new BadConfig(where + " is not Base64");
        }
        throw new BadConfig(where + " is not 32 bytes in Base64; 'openssl rand -base64 32' makes some");
    }
}
