package io.carillon.server;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.base.Ticker;
import io.carillon.http.Action;
import io.carillon.http.Caller;
import io.carillon.http.Callers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may do what at the HTTP port: one line for each, {@code NAME PROOF ACTIONS TOPICS}. The proof is {@code sha256:} and
 * the hash of a token, which is kept nowhere, or {@code certificate} for the bearer of a client certificate of that name.
 * Read again when it changes. Once there was one, the port is never open to everybody again.
 */
final class TokenFile implements Callers {
    private static final Logger LOG = LoggerFactory.getLogger(TokenFile.class);
    private static final long LOOK_NS = TimeUnit.SECONDS.toNanos(1);
    private static final String HASH = "sha256:";
    private static final String CERTIFICATE = "certificate";

    private final Path file;
    private final Ticker ticker;
    private volatile Read read;

    /** What the file said. */
    private record Read(boolean isOpen, long stamp, long untilNs, Map<String, Caller> byProof) {}

    /** One line. */
    record Entry(String name, String proof, Set<Action> actions, List<String> topics) {
        String line() {
            return name + " " + proof + " " + shown(actions) + " " + String.join(",", topics);
        }

        Caller caller() {
            return new Caller(name, actions, topics);
        }
    }

    private TokenFile(Path file, Ticker ticker) {
        this.file = file;
        this.ticker = ticker;
        read = read(file, !Files.exists(file), ConfigReader.stampOf(file), ticker.nanoTime() + LOOK_NS);
    }

    /** @throws BadConfig when there is one that does not make sense */
    static TokenFile of(ServerConfig config, Ticker ticker) {
        return new TokenFile(place(config), ticker);
    }

    static Path place(ServerConfig config) {
        Path data = config.data().toAbsolutePath().normalize();
        Path said = config.http().tokens();
        return said.toString().isEmpty()
                ? data.resolveSibling(data.getFileName() + ".tokens")
                : said.toAbsolutePath().normalize();
    }

    private static Read read(Path file, boolean isOpen, long stamp, long untilNs) {
        Map<String, Caller> byProof = new HashMap<>();
        for (Entry entry : entries(file)) {
            String proof = entry.proof().equals(CERTIFICATE) ? CERTIFICATE + " " + entry.name() : entry.proof();
            byProof.put(proof, entry.caller());
        }
        return new Read(isOpen, stamp, untilNs, byProof);
    }

    private Read now() {
        Read known = read;
        long nowNs = ticker.nanoTime();
        if (nowNs - known.untilNs() < 0) {
            return known;
        }
        long stamp = ConfigReader.stampOf(file);
        boolean isOpen = known.isOpen() && stamp == 0;
        Read next = new Read(isOpen, stamp, nowNs + LOOK_NS, known.byProof());
        if (stamp != known.stamp()) {
            try {
                next = read(file, isOpen, stamp, nowNs + LOOK_NS);
            } catch (BadConfig e) {
                LOG.warn("the changed tokens are not used, those before stay in force: {}", e.getMessage());
            }
        }
        read = next;
        return next;
    }

    @Override
    public boolean isOpen() {
        return now().isOpen();
    }

    @Override
    public @Nullable Caller byToken(String token) {
        return now().byProof().get(HASH + hash(token));
    }

    @Override
    public @Nullable Caller byCertificate(String commonName) {
        return now().byProof().get(CERTIFICATE + " " + commonName);
    }

    static String hash(String token) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    // ---- the file

    /** @throws BadConfig when a line does not make sense; an empty list when there is no file */
    static List<Entry> entries(Path file) {
        if (!Files.exists(file)) {
            return List.of();
        }
        List<Entry> all = new ArrayList<>();
        String text = new String(ConfigReader.bytesOf(file), StandardCharsets.UTF_8);
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            if (!line.isBlank() && !line.startsWith("#")) {
                all.add(entry(line.strip(), file + ":" + number));
            }
        }
        return all;
    }

    private static Entry entry(String line, String where) {
        String[] words = line.split(" +", -1);
        boolean isProof =
                words.length == 4 && (words[1].equals(CERTIFICATE) || words[1].matches(HASH + "[0-9a-f]{64}"));
        if (!isProof) {
            throw new BadConfig(where + ": not 'NAME sha256:HASH ACTIONS TOPICS' or 'NAME certificate ACTIONS TOPICS'");
        }
        try {
            return new Entry(words[0], words[1], actions(words[2]), List.of(words[3].split(",", -1)));
        } catch (IllegalArgumentException e) {
            throw new BadConfig(where + ": " + e.getMessage());
        }
    }

    /** @throws IllegalArgumentException when one is none, saying what is */
    static Set<Action> actions(String text) {
        Set<Action> all = EnumSet.noneOf(Action.class);
        for (String word : text.split(",", -1)) {
            all.add(action(word.strip().toLowerCase(Locale.ROOT)));
        }
        return all;
    }

    private static Action action(String word) {
        return Arrays.stream(Action.values())
                .filter(one -> shown(Set.of(one)).equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "no action is called '" + word + "': there are " + shown(EnumSet.allOf(Action.class))));
    }

    static String shown(Set<Action> actions) {
        return actions.stream()
                .sorted()
                .map(one -> one.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(","));
    }

    /** Replaces the file as a whole; only its owner may read it. */
    static void write(Path file, List<Entry> entries) {
        String text = entries.stream().map(entry -> entry.line() + "\n").collect(Collectors.joining());
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, text, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new BadConfig("cannot write the tokens to " + file + ": " + e);
        }
    }
}
