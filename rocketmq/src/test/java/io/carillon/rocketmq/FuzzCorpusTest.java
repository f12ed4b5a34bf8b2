package io.carillon.rocketmq;

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
                FuzzCorpus.of("HandlesFuzz", HandlesFuzz::fuzzerTestOneInput),
                FuzzCorpus.of("BodiesFuzz", BodiesFuzz::fuzzerTestOneInput));
    }
}
