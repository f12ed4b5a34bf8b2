package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.broker.BrokerConfig;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ResponseCode;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class BrokerSettingsTest {
    private final FakeSettings live = new FakeSettings(Map.of(
            "log.keep-for", "72h",
            "transaction.enabled", "true",
            "broker.message-size-max", "4MiB"));
    private final BrokerSettings settings = new BrokerSettings(BrokerConfig.DEFAULT, live, "127.0.0.1", 10911);

    private Reply change(String... lines) {
        return settings.change(String.join("\n", lines).getBytes(StandardCharsets.UTF_8), "admin at here");
    }

    private void assertRefused(Reply reply, String... parts) {
        assertThat(reply.code()).isEqualTo(ResponseCode.NO_PERMISSION);
        assertThat(reply.remark()).contains("nothing was changed").contains(parts);
        assertThat(live.by).isEmpty();
    }

    @Test
    void showsTheSettingsInForceAsPropertiesText() throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(settings.text()));

        assertThat(properties)
                .containsEntry("brokerName", "broker-a")
                .containsEntry("brokerClusterName", "DefaultCluster")
                .containsEntry("flushDiskType", "SYNC_FLUSH")
                .containsEntry("listenPort", "10911")
                .containsEntry("maxMessageSize", "4194304")
                .containsEntry("log.keep-for", "72h");
        assertThat(properties.stringPropertyNames())
                .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("path"));
    }

    @Test
    void changesASettingByItsOwnKeyAndByTheNameOfTheTools() {
        assertThat(change("log.keep-for=48h", "maxMessageSize=1048576", "rejectTransactionMessage=true")
                        .code())
                .isZero();

        assertThat(live.values)
                .containsEntry("log.keep-for", "48h")
                .containsEntry("broker.message-size-max", "1048576B")
                .containsEntry("transaction.enabled", "false");
        assertThat(live.by).containsExactly("admin at here");
    }

    @Test
    void takesTheNameOfTheToolsInItsOwnUnit() {
        assertThat(change("fileReservedTime=12").code()).isZero();

        assertThat(live.values).containsEntry("log.keep-for", "12h");
    }

    @Test
    void everyNameOfTheToolsThatIsTranslatedIsShown() throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(settings.text()));

        assertThat(properties.stringPropertyNames())
                .containsAll(SettingNames.BROKER.translated().keySet());
        SettingNames.BROKER
                .translated()
                .forEach((name, translated) -> assertThat(translated.toOurs().apply(properties.getProperty(name)))
                        .as(name)
                        .isNotBlank());
    }

    @Test
    void takesAChangeThatChangesNothing() {
        assertThat(change(settings.text()).code()).isZero();
        assertThat(live.by).isEmpty();
    }

    @Test
    void refusesToChangeWhatIsSetAtTheStart() {
        assertRefused(
                change("brokerName=other", "flushDiskType=ASYNC_FLUSH", "log.keep-for=1h"),
                "brokerName is broker-a",
                "flushDiskType is SYNC_FLUSH",
                "What can be changed while the server runs: broker.message-size-max, log.keep-for, transaction.enabled");
    }

    @Test
    void refusesPathsAndWhatItDoesNotHave() {
        assertRefused(
                change("brokerConfigPath=/tmp/x", "rocketmqHome=`id`", "aclEnable=true", "tls.key=/etc/passwd"),
                "Can not update config in black list.",
                "brokerConfigPath is not for clients",
                "rocketmqHome is no setting",
                "tls.key is no setting",
                "aclEnable is false");
    }

    @Test
    void refusesWhatNobodyKnows() {
        assertRefused(change("log.keep-fro=1h", "log.keep-for=1h"), "log.keep-fro is no setting that can be changed");
    }

    @Test
    void takesWhatTunesAMechanismOfApachesAndSaysThatItHasNoEffect() {
        Reply reply = change("sendMessageThreadPoolNums=4", "waitTimeMillsInSendQueue=500", "log.keep-for=1h");

        assertThat(reply.code()).isZero();
        assertThat(reply.remark())
                .contains("without effect")
                .contains("sendMessageThreadPoolNums, waitTimeMillsInSendQueue")
                .doesNotContain("log.keep-for");
        assertThat(live.values).containsEntry("log.keep-for", "1h");
    }

    @Test
    void refusesValuesThatAreNoneInTheWordsOfTheAsker() {
        assertRefused(change("fileReservedTime=long"), "fileReservedTime takes a whole number, not 'long'");
        assertRefused(change("rejectTransactionMessage=x"), "rejectTransactionMessage takes true or false");

        Reply invalid = change("maxMessageSize=1", "log.keep-for=bad");
        assertThat(invalid.code()).isEqualTo(ResponseCode.INVALID_PARAMETER);
        assertThat(invalid.remark()).isEqualTo("nothing was changed: log.keep-for must be good");
        assertThat(live.values).containsEntry("broker.message-size-max", "4MiB");
    }

    @Test
    void refusesTwoNamesOfOneSettingThatDisagree() {
        assertRefused(change("fileReservedTime=1", "log.keep-for=2h"), "want different values");
    }

    @Test
    void changesNothingWhenItsSettingsAreFixed() {
        Reply reply = new BrokerSettings(BrokerConfig.DEFAULT, LiveSettings.NONE, "127.0.0.1", 1)
                .change("fileReservedTime=1".getBytes(StandardCharsets.UTF_8), "x");

        assertThat(reply.code()).isEqualTo(ResponseCode.NO_PERMISSION);
        assertThat(reply.remark()).contains("fileReservedTime is 72, which is set when the server starts");
    }

    @Test
    void refusesTextThatIsNoProperties() {
        assertThatThrownBy(() -> change("a=\\u00zz")).isInstanceOf(BadRequest.class);
        assertThatThrownBy(() -> change("a=" + "x".repeat(1 << 17))).isInstanceOf(BadRequest.class);
    }

    @Test
    void whatIsTakenWithoutEffectIsNothingThatIsShownTranslatedOrForbidden() {
        for (SettingNames names : new SettingNames[] {SettingNames.BROKER, SettingNames.NAME_SERVER}) {
            assertThat(names.tuning())
                    .doesNotContainAnyElementsOf(names.translated().keySet())
                    .doesNotContainAnyElementsOf(names.forbidden())
                    .noneMatch(name -> name.matches("(?i).*(path|home|address|tls|acl|secret|password).*"));
        }
    }
}
