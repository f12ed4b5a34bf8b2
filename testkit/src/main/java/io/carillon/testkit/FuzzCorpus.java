package io.carillon.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;

/** What fuzzing of a module's targets starts from and what it found once, to be replayed without a fuzzer. */
public final class FuzzCorpus {
    private static final Path CORPORA = Path.of("src/test/fuzz");

    private FuzzCorpus() {}

    /**
     * A test for each input of a target.
     *
     * @param target the name of its class and of its folder in the module that the tests run in
     * @throws IllegalStateException when the folder is empty
     */
    public static DynamicContainer of(String target, Consumer<byte[]> fuzz) throws IOException {
        try (Stream<Path> files = Files.list(CORPORA.resolve(target))) {
            List<DynamicTest> inputs = files.sorted()
                    .map(file -> DynamicTest.dynamicTest(
                            file.getFileName().toString(), () -> fuzz.accept(Files.readAllBytes(file))))
                    .toList();
            if (inputs.isEmpty()) {
                throw new IllegalStateException("there is nothing in " + CORPORA.resolve(target));
            }
            return DynamicContainer.dynamicContainer(target, inputs);
        }
    }
}
