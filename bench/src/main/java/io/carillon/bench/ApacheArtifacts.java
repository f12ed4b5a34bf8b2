package io.carillon.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Apache RocketMQ's jars with their own dependencies, fetched by Maven the first time that they are needed. */
record ApacheArtifacts(Path root) {
    /** The folder of its jars. */
    Path lib() throws IOException, InterruptedException {
        fetchOnce();
        return folder().resolve("lib");
    }

    /** The folder of our classes that drive its official client. */
    Path classes() throws IOException, InterruptedException {
        fetchOnce();
        return folder().resolve("classes");
    }

    private Path folder() {
        return root.resolve("bench/target/apache");
    }

    private void fetchOnce() throws IOException, InterruptedException {
        if (Files.isDirectory(folder().resolve("lib")) && areCompiled()) {
            return;
        }
        System.err.println("fetching Apache RocketMQ from Maven, once ...");
        List<String> command = List.of(
                maven(), "-q", "-B", "-f", root.resolve("bench/apache/pom.xml").toString(), "process-classes");
        int status = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IOException("Maven could not fetch Apache RocketMQ: status " + status);
        }
    }

    /** Whether each of our sources has its class: an earlier fetch may have been made before one of them was written. */
    private boolean areCompiled() throws IOException {
        Path sources = root.resolve("bench/apache/src/main/java");
        try (Stream<Path> all = Files.walk(sources)) {
            return all.filter(source -> source.toString().endsWith(".java"))
                    .map(source -> sources.relativize(source).toString().replaceFirst("java$", "class"))
                    .allMatch(name -> Files.exists(folder().resolve("classes").resolve(name)));
        }
    }

    private String maven() {
        Path wrapper = root.resolve("mvnw");
        return Files.isExecutable(wrapper) ? wrapper.toString() : "mvn";
    }
}
