package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Counters;
import io.carillon.base.Ticker;
import io.carillon.nameserver.NameServer;
import io.carillon.nameserver.NameServerConfig;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.RequestCode;
import io.carillon.rocketmq.CodeSupport.State;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/compatibility.md says is what the code does. */
class CompatibilityPageTest {
    @Test
    void thePageHasTheTablesOfTheCode() throws IOException {
        String wanted = CompatibilityPage.text();
        if ("write".equals(System.getProperty("carillon.docs"))) {
            Files.writeString(CompatibilityPage.FILE, wanted);
        }

        assertThat(Files.readString(CompatibilityPage.FILE))
                .as("docs/compatibility.md is stale; './carillon docs' writes its tables anew")
                .isEqualTo(wanted);
    }

    private static SortedSet<Integer> inState(State state) {
        return CodeSupport.TABLE.stream()
                .filter(one -> one.state() == state)
                .map(CodeSupport::code)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static SortedSet<Integer> served() throws IOException {
        Dispatcher nameServer = new Dispatcher();
        new NameServerFront(
                        new NameServer(NameServerConfig.DEFAULT, Ticker.system(), new Counters()),
                        Runnable::run,
                        new Counters())
                .register(nameServer);
        SortedSet<Integer> codes = new TreeSet<>(nameServer.codes());
        try (LiveBroker live = new LiveBroker()) {
            codes.addAll(live.codes());
        }
        return codes;
    }

    @Test
    void exactlyThoseCodesWorkThatHaveAHandler() throws IOException {
        SortedSet<Integer> answered = inState(State.WORKS);
        answered.addAll(inState(State.REFUSED));

        assertThat(answered).isEqualTo(served());
    }

    @Test
    void namesEachCodeAsTheCodeDoes() throws IllegalAccessException {
        for (Field constant : RequestCode.class.getFields()) {
            assertThat(CodeSupport.of(constant.getInt(null)).name()).isEqualTo(constant.getName());
        }
        for (Permission permission : Permissions.table().all()) {
            assertThat(CodeSupport.of(permission.code()).name()).isEqualTo(permission.name());
        }
    }

    @Test
    void saysWhyACodeIsNotServed() {
        assertThat(CodeSupport.TABLE)
                .filteredOn(one -> one.state() != State.WORKS)
                .allSatisfy(one -> assertThat(one.note()).as(one.name()).isNotBlank());
    }

    @Test
    void eachFeatureThatWorksHasTestsAndTheCodesThatItNeeds() throws IOException {
        SortedSet<String> tests = testClasses();

        assertThat(ClientFeature.TABLE).isNotEmpty().allSatisfy(feature -> {
            assertThat(tests).as(feature.name()).containsAll(feature.tests());
            assertThat(feature.codes())
                    .as(feature.name())
                    .allMatch(code -> CodeSupport.of(code).state() == State.WORKS
                            || CodeSupport.of(code).state() == State.SENT);
        });
        assertThat(ClientFeature.TABLE)
                .filteredOn(feature -> feature.state() == ClientFeature.State.WORKS)
                .filteredOn(feature -> !feature.name().equals("OpenTracing hooks")) // needs nothing of a broker
                .allSatisfy(feature ->
                        assertThat(feature.tests()).as(feature.name()).isNotEmpty());
    }

    private static SortedSet<String> testClasses() throws IOException {
        try (Stream<Path> files =
                Stream.concat(Files.walk(Path.of("src", "test", "java")), Files.walk(Path.of("..", "system-tests")))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith("Test.java"))
                    .map(name -> name.substring(0, name.length() - ".java".length()))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
