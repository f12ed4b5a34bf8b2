package io.carillon.remoting;

import io.carillon.testkit.FuzzCorpus;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;

/** Replays what fuzzing starts from and what it found once; no fuzzer is needed for it. See docs/testing.md. */
class FuzzCorpusTest {
    @TestFactory
    Stream<DynamicContainer> everyInputOfTheCorpusHoldsItsPromises() throws IOException {
        return Stream.of(
                FuzzCorpus.of("FrameFuzz", FrameFuzz::fuzzerTestOneInput),
                FuzzCorpus.of("JsonHeaderFuzz", JsonHeaderFuzz::fuzzerTestOneInput),
                FuzzCorpus.of("BinaryHeaderFuzz", BinaryHeaderFuzz::fuzzerTestOneInput),
                FuzzCorpus.of("ProxyHeaderFuzz", ProxyHeaderFuzz::fuzzerTestOneInput));
    }
}
