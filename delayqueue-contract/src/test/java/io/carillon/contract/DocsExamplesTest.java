package io.carillon.contract;

import static io.carillon.api.delayqueue.v1.MessageState.ACKNOWLEDGED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.carillon.api.delayqueue.v1.ListMessagesRequest;
import io.carillon.http.HttpConfig;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/delayqueue.md do what is written there: as they stand, but for the port and the topic. */
class DocsExamplesTest {
    private static final int PATIENCE_S = 60;
    private static final Path DOCS = Path.of("..", "docs");
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private static EmbeddedServer server;
    private static String page;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() throws Exception {
        server = new EmbeddedServer(HttpConfig.DEFAULT, new Everybody());
        page = Files.readString(DOCS.resolve("delayqueue.md"));
        page = page.substring(page.indexOf("## In other languages"));
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void theOneForCurlSendsPullsAndAcknowledges() throws Exception {
        assumeTrue(isThere("curl") && isThere("sh"));
        run(example("sh"), "example.sh", "sh", "-e");
    }

    @Test
    void theOneForJavaSendsPullsAndAcknowledges() throws Exception {
        run(example("java"), "Example.java", JAVA);
    }

    /** With the libraries of these tests, which the server's own stubs are among. */
    @Test
    void theOneForJavaOverGrpcSendsPullsAndAcknowledges() throws Exception {
        run(
                exampleOverGrpc(),
                "GrpcExample.java",
                JAVA,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"));
    }

    @Test
    void theOneForJavaOverGrpcIsTheProjectBesideThePage() throws Exception {
        assertThat(exampleOverGrpc())
                .isEqualTo(Files.readString(DOCS.resolve("examples/grpc/src/main/java/GrpcExample.java")));
    }

    @Test
    void theProjectOverGrpcTakesTheVersionsOfTheBuild() throws Exception {
        String build = Files.readString(Path.of("..", "pom.xml"));
        String project = Files.readString(DOCS.resolve("examples/grpc/pom.xml"));
        for (String library : List.of("grpc", "protobuf")) {
            Matcher version = Pattern.compile("<" + library + "\\.version>.*?<").matcher(build);
            assertThat(version.find()).as(library).isTrue();
            assertThat(project).contains(version.group());
        }
    }

    @Test
    void theOneForPythonSendsPullsAndAcknowledges() throws Exception {
        assumeTrue(isThere("python3"));
        run(example("python"), "example.py", "python3");
    }

    @Test
    void theOneForGoSendsPullsAndAcknowledges() throws Exception {
        assumeTrue(isThere("go"), "there is no go on the PATH");
        run(example("go"), "example.go", "go", "run");
    }

    @Test
    void theOneForNodeSendsPullsAndAcknowledges() throws Exception {
        assumeTrue(isThere("node"));
        run(example("js"), "example.mjs", "node");
    }

    private static boolean isThere(String command) {
        return Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getenv().getOrDefault("PATH", ""))
                .anyMatch(path -> Files.isExecutable(Path.of(path, command)));
    }

    /** A topic for each, so that nobody gets what another one sent. */
    private void run(String example, String name, String... command) throws Exception {
        String topic = name.replace('.', '-');
        Path file = folder.resolve(name);
        Path out = folder.resolve("out");
        Files.writeString(
                file,
                example.replace("localhost:8080", "localhost:" + server.port()).replace("orders", topic));
        List<String> whole = new ArrayList<>(List.of(command));
        whole.add(file.toString());

        Process process = new ProcessBuilder(whole)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();

        boolean hasEnded = process.waitFor(PATIENCE_S, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertThat(hasEnded).as("it ends by itself").isTrue();
        assertThat(Files.readString(out))
                .as("exit code %s", process.exitValue())
                .contains("hello");
        assertThat(process.exitValue()).isZero();
        try (JsonClient client = new JsonClient(server.port(), "")) {
            assertThat(new Conversation(client, topic)
                            .list(ListMessagesRequest.newBuilder()
                                    .setGroup("mailer")
                                    .setState(ACKNOWLEDGED)))
                    .hasSize(1);
        }
    }

    private static String example(String language) throws IOException {
        return example(page, language);
    }

    private static String exampleOverGrpc() throws IOException {
        return example(page.substring(page.indexOf("Java over gRPC")), "java");
    }

    private static String example(String text, String language) throws IOException {
        Matcher block = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(text);
        if (!block.find()) {
            throw new IOException("no example for " + language);
        }
        return block.group(1);
    }
}
