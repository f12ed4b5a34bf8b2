package io.carillon.systemtests.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.systemtests.harness.CarillonServer;
import io.carillon.systemtests.harness.MqAdmin;
import io.carillon.systemtests.harness.Names;
import io.carillon.systemtests.harness.RawClient;
import io.carillon.systemtests.harness.RawTopic;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What mqadmin changes in the settings of a running server holds at once, and after a crash. */
class ChangedSettingsTest {
    private static final int MESSAGE_ILLEGAL = 13;

    private final CarillonServer server =
            CarillonServer.start(Names.unique("changed-settings"), "--set", "pop.polls-max=5");
    private final MqAdmin mqadmin = new MqAdmin(server.nameServer());
    private final RawTopic topic = new RawTopic("Orders");

    @AfterEach
    void end() {
        mqadmin.close();
        server.close();
    }

    private String changeBroker(String key, String value) {
        return mqadmin.run("updateBrokerConfig", "-b", server.broker(), "-k", key, "-v", value);
    }

    private String changeNames(String key, String value) {
        return mqadmin.run("updateNamesrvConfig", "-k", key, "-v", value);
    }

    private int send(int bytes) throws Exception {
        try (RawClient client = RawClient.connect(server.broker())) {
            return topic.send(client, 0, "", new byte[bytes]).get().code();
        }
    }

    private void assertShown(String command, String key, String value) {
        String shown = mqadmin.run(command, "-b", server.broker());
        assertThat(shown).containsPattern("(?m)^" + Pattern.quote(key) + " *= *" + Pattern.quote(value) + " *$");
    }

    @Test
    void aSettingOfTheBrokerHoldsAtOnceAndAfterACrash() throws Exception {
        assertThat(send(5000)).isZero();

        assertThat(changeBroker("maxMessageSize", "4096")).contains("update broker config success");
        assertThat(changeBroker("log.keep-for", "2d")).contains("update broker config success");
        assertThat(send(5000)).isEqualTo(MESSAGE_ILLEGAL);
        assertThat(send(4000)).isZero();
        assertShown("getBrokerConfig", "fileReservedTime", "48");
        assertThat(server.brokerProcess().output())
                .containsPattern("setting changed by=anybody at \\S+ key=log\\.keep-for from=72h to=48h");

        server.kill();
        server.restart();

        assertThat(send(5000)).isEqualTo(MESSAGE_ILLEGAL);
        assertShown("getBrokerConfig", "broker.message-size-max", "4KiB");
        assertShown("getBrokerConfig", "fileReservedTime", "48");
    }

    @Test
    void aSettingOfTheNameServerHoldsAtOnceAndAfterACrash() {
        assertThat(changeNames("kvConfigEntriesMax", "1")).contains("update name server config success");
        assertThat(mqadmin.run("updateKvConfig", "-s", "ns", "-k", "first", "-v", "v"))
                .contains("success");
        assertThat(mqadmin.run("updateKvConfig", "-s", "ns", "-k", "second", "-v", "v"))
                .contains("keeps 1 settings at most");

        server.kill();
        server.restart();

        assertThat(mqadmin.run("getNamesrvConfig")).containsPattern("(?m)^nameserver\\.kv-entries-max *= *1 *$");
        assertThat(mqadmin.run("updateKvConfig", "-s", "ns", "-k", "first", "-v", "v"))
                .contains("success");
        assertThat(mqadmin.run("updateKvConfig", "-s", "ns", "-k", "second", "-v", "v"))
                .contains("keeps 1 settings at most");
    }

    @Test
    void whatMustNotBeChangedIsRefusedWithTheReason() {
        assertThat(changeBroker("log.disk-use-max", "101"))
                .contains("CODE: 29", "log.disk-use-max must be from 1 to 100, not 101");
        assertThat(changeBroker("fileReservedTime", "0"))
                .contains("fileReservedTime (here log.keep-for) must be from 1m to 876600h");
        assertThat(changeBroker("tls.mode", "disabled"))
                .contains("CODE: 16", "tls.mode is no setting that can be changed here", "log.keep-for");
        assertThat(changeBroker("fileReservdTime", "48")).contains("fileReservdTime is no setting");
        assertThat(changeBroker("listenPort", "1")).contains("which is set when the server starts");
        assertThat(changeBroker("brokerConfigPath", "/x")).contains("Can not update config in black list.");
        assertThat(changeBroker("nameserver.kv-entries-max", "1")).contains("is no setting that can be changed here");
        assertThat(changeBroker("popPollingSize", "6")).contains("was set by flag --set");
        assertThat(changeNames("kvConfigPath", "/x")).contains("Can not update config in black list.");
        assertThat(changeNames("kvConfigEntriesMax", "-1")).contains("must be from 0 to 1000000, not -1");
        assertThat(server.data().resolve("broker.settings")).doesNotExist();
        assertThat(server.data().resolve("nameserver.settings")).doesNotExist();
    }
}
