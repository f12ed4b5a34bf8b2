package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.ByteSize;
import io.carillon.base.CarillonException.BadConfig;
import io.carillon.log.LogConfig.Flush;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {
    @TempDir
    Path folder;

    @Test
    void isTheDefaultWhenNothingIsSaid() {
        ConfigReader.Effective effective = ConfigReader.read(null, Map.of(), List.of());

        assertThat(effective.config()).isEqualTo(ServerConfig.DEFAULT);
        assertThat(effective.settings()).extracting(Setting::origin).containsOnly("default");
    }

    @Test
    void putsTheEnvironmentOverTheFileAndFlagsOverBoth() throws IOException {
        Path file = file("log.keep-for=1h", "broker.name=of-file", "broker.cluster=of-file");
        Map<String, String> environment = Map.of(
                "CARILLON_BROKER_NAME", "of-environment", "CARILLON_BROKER_CLUSTER", "of-environment", "PATH", "/bin");

        ConfigReader.Effective effective =
                ConfigReader.read(file, environment, List.of(flag("--cluster", "broker.cluster", "of-flag")));

        ServerConfig config = effective.config();
        assertThat(config.broker().log().keepFor()).isEqualTo(Duration.ofHours(1));
        assertThat(config.broker().name()).isEqualTo("of-environment");
        assertThat(config.broker().cluster()).isEqualTo("of-flag");
        assertThat(origins(effective))
                .containsEntry("log.keep-for", "file " + file + ":1")
                .containsEntry("broker.name", "environment CARILLON_BROKER_NAME")
                .containsEntry("broker.cluster", "flag --cluster")
                .containsEntry("log.flush", "default");
    }

    @Test
    void putsWhatWasChangedAtRunTimeOverTheFileAndUnderEnvironmentAndFlags() throws IOException {
        Files.write(
                folder.resolve("broker.settings"),
                List.of("# a remark", "log.keep-for=2h", "log.disk-use-max=50", "pop.polls-max=7"));
        Path file = file("data=" + folder, "log.keep-for=1h");
        Map<String, String> environment = Map.of("CARILLON_POP_POLLS_MAX", "8");

        ConfigReader.Effective effective = ConfigReader.read(file, environment, List.of(set("log.disk-use-max", "60")));

        assertThat(effective.config().broker().log().keepFor()).isEqualTo(Duration.ofHours(2));
        assertThat(effective.config().broker().log().diskUseMax()).isEqualTo(60);
        assertThat(effective.config().broker().pop().pollsMax()).isEqualTo(8);
        assertThat(origins(effective)).containsEntry("log.keep-for", "changed at run time");
    }

    @Test
    void refusesInTheFileOfChangesWhatCannotBeChanged() throws IOException {
        assertBadChange("broker.settings", "tls.mode=disabled", "'tls.mode' is nothing that can be changed");
        assertBadChange("broker.settings", "nameserver.kv-entries-max=1", "nothing that can be changed");
        assertBadChange(
                "nameserver.settings", "nameserver.kv-entries-mx=1", "did you mean 'nameserver.kv-entries-max'");
        assertBadChange("broker.settings", "log.disk-use-max=0", "must be from 1 to 100, not 0");
        assertBadChange("broker.settings", "log.disk-use-max", ":1: not a key=value line");
    }

    private void assertBadChange(String name, String line, String part) throws IOException {
        Path changed = Files.write(folder.resolve(name), List.of(line));
        assertThatThrownBy(() -> ConfigReader.read(null, Map.of(), List.of(set("data", folder.toString()))))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining(changed.toString())
                .hasMessageContaining(part);
        Files.delete(changed);
    }

    @Test
    void takesTheFileThatTheEnvironmentNames() throws IOException {
        Path file = file("# a remark", "", "  log.segment-size = 64MiB  ");

        ConfigReader.Effective effective =
                ConfigReader.read(null, Map.of("CARILLON_CONFIG", file.toString()), List.of());

        assertThat(effective.config().broker().log().segmentSize()).isEqualTo(ByteSize.mib(64));
    }

    @Test
    void readsEveryTypeOfValue() {
        ServerConfig config = ConfigReader.read(
                        null,
                        Map.of(),
                        List.of(
                                set("data", "some/where"),
                                set("insecure", "true"),
                                set("broker-port", "0"),
                                set("nameservers", "a:1; [::1]:2"),
                                set("log.flush", "ASYNC"),
                                set("log.flush-interval", "20ms"),
                                set("log.segment-size", "1GiB")))
                .config();

        assertThat(config.data()).isEqualTo(Path.of("some/where"));
        assertThat(config.insecure()).isTrue();
        assertThat(config.brokerPort()).isZero();
        assertThat(config.nameservers()).containsExactly(new HostPort("a", 1), new HostPort("::1", 2));
        assertThat(config.broker().log().flush()).isEqualTo(Flush.ASYNC);
        assertThat(config.broker().log().flushInterval()).isEqualTo(Duration.ofMillis(20));
        assertThat(config.broker().log().segmentSize()).isEqualTo(ByteSize.gib(1));
    }

    @Test
    void refusesAnUnknownKeyAndNamesTheNearestOne() throws IOException {
        Path file = file("", "log.segmant-size=1GiB");

        assertThatThrownBy(() -> ConfigReader.read(file, Map.of(), List.of()))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining(file + ":2")
                .hasMessageContaining("'log.segmant-size'")
                .hasMessageContaining("did you mean 'log.segment-size'?");
    }

    @Test
    void refusesAnUnknownVariableAndNamesTheNearestOne() {
        assertThatThrownBy(() -> ConfigReader.read(null, Map.of("CARILLON_LOG_FLUHS", "sync"), List.of()))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining("CARILLON_LOG_FLUHS")
                .hasMessageContaining("did you mean 'CARILLON_LOG_FLUSH'?");
    }

    @Test
    void leavesTheLaunchersOwnVariablesAlone() {
        Map<String, String> environment = Map.of("CARILLON_JAVA_OPTS", "-Xmx1g", "CARILLON_NO_BUILD", "1");

        assertThat(ConfigReader.read(null, environment, List.of()).config()).isEqualTo(ServerConfig.DEFAULT);
    }

    @Test
    void refusesAKeyThatAFileSaysTwice() throws IOException {
        Path file = file("broker.name=a", "broker.name=b");

        assertThatThrownBy(() -> ConfigReader.read(file, Map.of(), List.of()))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining(file + ":2")
                .hasMessageContaining("in line 1");
    }

    @Test
    void saysWhichValueIsBadAndWhereItWasSaid() {
        assertBad(set("log.keep-for", "3 weeks"), "log.keep-for", "72h");
        assertBad(set("log.segment-size", "big"), "log.segment-size", "64MiB");
        assertBad(set("log.flush", "never"), "log.flush", "sync, async");
        assertBad(set("insecure", "maybe"), "insecure", "not true or false");
        assertBad(set("broker-port", "x"), "broker-port", "not a whole number");
        assertBad(set("nameservers", "nohost"), "nameservers", "127.0.0.1:9876");
    }

    @Test
    void passesOnWhatARecordRefusesWithWhatWasSet() {
        assertBad(set("log.disk-use-max", "101"), "percentage", "log.disk-use-max=101 from flag --set");
        assertBad(set("broker-port", "70000"), "broker-port", "65535");
    }

    @Test
    void saysThatAFileIsMissing() {
        Path missing = folder.resolve("no.conf");

        assertThatThrownBy(() -> ConfigReader.read(missing, Map.of(), List.of()))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining(missing.toString());
    }

    @Test
    void showsEveryDefaultAsATextThatReadsBackAsTheSame() {
        List<ConfigReader.FlagValue> all = Settings.of(ServerConfig.DEFAULT).all().stream()
                .map(setting -> set(setting.key(), SettingText.show(setting.value())))
                .toList();

        assertThat(ConfigReader.read(null, Map.of(), all).config()).isEqualTo(ServerConfig.DEFAULT);
    }

    @Test
    void givesEveryKeyAVariableOfItsOwn() {
        assertThat(Settings.of(ServerConfig.DEFAULT).all())
                .extracting(Setting::environmentName)
                .doesNotHaveDuplicates();
    }

    private static void assertBad(ConfigReader.FlagValue flag, String... parts) {
        assertThatThrownBy(() -> ConfigReader.read(null, Map.of(), List.of(flag)))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining("flag --set")
                .hasMessageContainingAll(parts);
    }

    private static Map<String, String> origins(ConfigReader.Effective effective) {
        return effective.settings().stream().collect(Collectors.toMap(Setting::key, Setting::origin));
    }

    private static ConfigReader.FlagValue set(String key, String text) {
        return flag("--set", key, text);
    }

    private static ConfigReader.FlagValue flag(String flag, String key, String text) {
        return new ConfigReader.FlagValue(flag, key, text);
    }

    private Path file(String... lines) throws IOException {
        return Files.write(folder.resolve("carillon.conf"), List.of(lines));
    }
}
