package io.carillon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** The entry of {@code carillon bench}. */
public final class Main {
    private static final int USAGE_ERROR = 2;

    private Main() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        System.exit(run(args));
    }

    private static int run(String[] args) throws IOException, InterruptedException {
        String command = args.length == 0 ? "--help" : args[0];
        try {
            return switch (command) {
                case "compare" -> new CompareCommand(args, root(), System.out).run();
                case "load" -> new LoadCommand(args, System.out).run();
                case "fill" -> new FillCommand(args, System.out).run();
                case "http" -> new HttpCommand(args, System.out).run();
                case "profile" -> new ProfileCommand(args, root(), System.out).run();
                case "--help", "-h", "help" -> {
                    System.out.print(usage());
                    yield 0;
                }
                default -> throw new IllegalArgumentException("no such command: " + command);
            };
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.err.print(usage());
            return USAGE_ERROR;
        }
    }

    private static String usage() {
        String scenarios = Scenarios.all().stream()
                .map(scenario -> "  %-18s %s".formatted(scenario.name(), scenario.summary()))
                .collect(Collectors.joining("\n"));
        return "carillon bench COMMAND\n\n" + CompareCommand.USAGE + LoadCommand.USAGE + FillCommand.USAGE
                + HttpCommand.USAGE + ProfileCommand.USAGE + "\nscenarios:\n" + scenarios + "\n";
    }

    /** The project's folder: given by the launcher, or found above the current folder. */
    private static Path root() {
        String given = System.getProperty("carillon.home", "");
        if (!given.isEmpty()) {
            return Path.of(given).toAbsolutePath();
        }
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("bench/apache/pom.xml"))) {
                return folder;
            }
        }
        throw new IllegalArgumentException("run this within the project's folder, or set -Dcarillon.home");
    }
}
