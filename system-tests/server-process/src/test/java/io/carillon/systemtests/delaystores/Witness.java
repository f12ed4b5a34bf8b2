package io.carillon.systemtests.delaystores;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sees everything that Redis does ({@code MONITOR}), and so every move, by whichever node, also of one that should have none
 * left: what is ready for a group is not made ready again before somebody takes it, and the epoch of a bucket's lease only
 * rises. What Redis forgets, by {@code FLUSHALL} or by starting again, may be made ready again.
 */
final class Witness implements AutoCloseable {
    private static final Pattern LINE = Pattern.compile("\\+[0-9.]+ \\[\\d+ ([^]]+)\\] (.*)");
    private static final Pattern LEASE = Pattern.compile(".+-\\d+:(\\d+)");
    private static final Pattern READY = Pattern.compile("(\\{dq:\\d+\\}):r:\\d+:(\\d+)");

    private final int port;
    private final Thread thread;
    private final List<String> violations = new ArrayList<>();
    /** Epochs, by bucket. */
    private final Map<String, Long> epochs = new HashMap<>();
    /** What is ready, member and bit, and by which lease it became so. */
    private final Map<String, String> ready = new HashMap<>();
    /** The first argument after the key of the script whose commands follow; the lease, where it works by one. */
    private String argument = "";

    private long moves;
    private volatile boolean isClosed;

    /** @param port of Redis, 0 for one who only hears lines */
    Witness(int port) {
        this.port = port;
        thread = Thread.ofPlatform().daemon().name("witness").unstarted(this::watch);
        if (port != 0) {
            thread.start();
        }
    }

    private void watch() {
        while (!isClosed) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                    BufferedReader lines = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))) {
                socket.getOutputStream().write("MONITOR\r\n".getBytes(StandardCharsets.US_ASCII));
                String line = lines.readLine();
                while (line != null && !isClosed) {
                    hear(line);
                    line = lines.readLine();
                }
            } catch (IOException _) {
                // Redis is gone, or not there yet.
            }
            forgotten();
            LockSupport.parkNanos(5_000_000);
        }
    }

    private synchronized void forgotten() {
        ready.clear();
    }

    synchronized void hear(String line) {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
            return;
        }
        List<String> words = words(parts.group(2));
        String command = words.getFirst().toUpperCase(java.util.Locale.ROOT);
        if (!parts.group(1).equals("lua")) {
            argument = command.startsWith("EVAL") && words.size() > 4 ? words.get(4) : "";
            if (command.startsWith("FLUSH")) {
                ready.clear();
            }
        } else if (words.size() > 2) {
            heardOfScript(command, words);
        }
    }

    private void heardOfScript(String command, List<String> words) {
        Matcher key = READY.matcher(words.get(1));
        if (command.equals("ZADD") && words.get(1).endsWith(":unacked")) {
            members(words, 3, 2).forEach(ready::remove); // somebody took it
        } else if (command.equals("ZADD") && key.matches()) {
            becameReady(key.group(1), bit(key), words);
        } else if (command.equals("ZREM") && key.matches()) {
            members(words, 2, 1).forEach(member -> ready.remove(member + bit(key))); // it is settled, or cancelled
        }
    }

    private static char bit(Matcher key) {
        return (char) Integer.parseInt(key.group(2));
    }

    private void becameReady(String bucket, char bit, List<String> words) {
        Matcher lease = LEASE.matcher(argument);
        if (lease.matches()) {
            long epoch = Long.parseLong(lease.group(1));
            long before = epochs.merge(bucket, epoch, Math::max);
            if (before > epoch) {
                violations.add("fenced: " + argument + " moved in " + bucket + " after epoch " + before);
            }
        }
        for (String member : members(words, 3, 2)) {
            String own = member + bit;
            String earlier = ready.put(own, argument);
            moves++;
            if (earlier != null) {
                violations.add("moved twice: " + printed(own) + " by " + earlier + ", and by " + argument);
            }
        }
    }

    private static List<String> members(List<String> words, int first, int step) {
        List<String> members = new ArrayList<>();
        for (int i = first; i < words.size(); i += step) {
            members.add(words.get(i));
        }
        return members;
    }

    private static String printed(String own) {
        StringBuilder text = new StringBuilder();
        own.chars().forEach(one -> text.append(String.format("%02x", one)));
        return text.toString();
    }

    /** The words of a command, each in quotes, as bytes each in a character. */
    static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean isInside = false;
        for (int i = 0; i < text.length(); i++) {
            char one = text.charAt(i);
            if (one == '"') {
                isInside = !isInside;
                if (!isInside) {
                    words.add(word.toString());
                    word.setLength(0);
                }
            } else if (one == '\\') {
                char next = text.charAt(++i);
                word.append(next == 'x' ? (char) Integer.parseInt(text.substring(i + 1, i + 3), 16) : plain(next));
                i += next == 'x' ? 2 : 0;
            } else if (isInside) {
                word.append(one);
            }
        }
        return words;
    }

    private static char plain(char escaped) {
        return switch (escaped) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'a' -> (char) 7;
            case 'b' -> '\b';
            default -> escaped;
        };
    }

    synchronized List<String> violations() {
        return List.copyOf(violations);
    }

    /** How many moves it saw. */
    synchronized long moves() {
        return moves;
    }

    @Override
    public void close() {
        isClosed = true;
        thread.interrupt();
    }
}
