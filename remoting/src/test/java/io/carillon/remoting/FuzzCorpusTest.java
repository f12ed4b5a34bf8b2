package io.carillon.remoting;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Replays what fuzzing starts from and what it found once; no fuzzer is needed for it. See docs/testing.md. */
class FuzzCorpusTest {
    private static final Path CORPORA = Path.of("src/test/fuzz");

    @TestFactory
    Stream<DynamicContainer> everyInputOfTheCorpusHoldsItsPromises() throws IOException {
        return Stream.of(
                corpus("FrameFuzz", FrameFuzz::fuzzerTestOneInput),
                corpus("JsonHeaderFuzz", JsonHeaderFuzz::fuzzerTestOneInput),
                corpus("BinaryHeaderFuzz", BinaryHeaderFuzz::fuzzerTestOneInput),
                corpus("ProxyHeaderFuzz", ProxyHeaderFuzz::fuzzerTestOneInput));
    }

    private static DynamicContainer corpus(String target, Consumer<byte[]> fuzz) throws IOException {
        try (Stream<Path> files = Files.list(CORPORA.resolve(target))) {
            List<DynamicTest> inputs = files.sorted()
                    .map(file -> DynamicTest.dynamicTest(
                            file.getFileName().toString(), () -> fuzz.accept(Files.readAllBytes(file))))
                    .toList();
            assertThat(inputs).isNotEmpty();
            return DynamicContainer.dynamicContainer(target, inputs);
        }
    }
}
