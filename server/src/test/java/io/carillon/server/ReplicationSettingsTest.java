package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.BadConfig;
import io.carillon.replication.ReplicationConfig;
import io.carillon.replication.ReplicationConfig.Begins;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicationSettingsTest {
    private static final String FOUR = "1=a:1, 2=b:2/priority=0, 3=[::1]:3/priority=70, 4=d:4/learner";

    private static ReplicationSettings settings(int node, String peers, String... switches) {
        List<ConfigReader.FlagValue> flags = new ArrayList<>();
        flags.add(new ConfigReader.FlagValue("--node-id", "replication.node-id", Integer.toString(node)));
        flags.add(new ConfigReader.FlagValue("--peers", "replication.peers", peers));
        for (String one : switches) {
            flags.add(new ConfigReader.FlagValue("--set", one, "true"));
        }
        return ConfigReader.read(null, Map.of(), flags).config().replication();
    }

    private static ReplicationConfig part(ReplicationSettings settings) {
        return settings.part("g", Path.of("raft"));
    }

    @Test
    void votersThatSayNothingHaveNoPriorities() {
        ReplicationConfig part = part(settings(1, "1=a:1,2=b:2,3=c:3"));

        assertThat(part.members()).containsExactly("a:1", "b:2", "c:3");
        assertThat(part.learners()).isEmpty();
        assertThat(part.priorities()).isEmpty();
        assertThat(part.begins()).isEqualTo(Begins.CAREFULLY);
    }

    @Test
    void readsWhoHasNoVoteAndWhoLeadsRather() {
        ReplicationConfig part = part(settings(2, FOUR));

        assertThat(part.self()).isEqualTo("b:2");
        assertThat(part.members()).containsExactly("a:1", "b:2", "[::1]:3");
        assertThat(part.learners()).containsExactly("d:4");
        assertThat(part.priorities()).isEqualTo(Map.of("a:1", 100, "b:2", 0, "[::1]:3", 70));
    }

    @Test
    void theSwitchSaysTheSameAsTheWordBehindItsAddress() {
        ReplicationSettings bySwitch = settings(4, "1=a:1,2=b:2,4=d:4", "replication.learner");

        assertThat(part(bySwitch)).isEqualTo(part(settings(4, "1=a:1,2=b:2,4=d:4/learner")));
        assertThat(part(bySwitch).learners()).containsExactly("d:4");
    }

    @Test
    void aLearnerMayJoinAGroupWhoseVotersItDoesNotName() {
        ReplicationConfig part = part(settings(4, "4=d:4", "replication.joins", "replication.learner"));

        assertThat(part.members()).isEmpty();
        assertThat(part.begins()).isEqualTo(Begins.JOINING);
    }

    @Test
    void saysHowQuicklyIsCopiedAndForHowLongOthersGetEntriesOneByOne() {
        List<ConfigReader.FlagValue> flags = List.of(
                new ConfigReader.FlagValue("--set", "replication.node-id", "1"),
                new ConfigReader.FlagValue("--set", "replication.peers", "1=a:1,2=b:2"),
                new ConfigReader.FlagValue("--set", "replication.copy-rate-max", "20MiB"),
                new ConfigReader.FlagValue("--set", "replication.keep-for-followers", "10m"));
        ReplicationConfig said =
                part(ConfigReader.read(null, Map.of(), flags).config().replication());

        assertThat(said.copyBytesPerSecond()).isEqualTo(20 << 20);
        assertThat(said.keepForFollowers()).isEqualTo(Duration.ofMinutes(10));
        ReplicationConfig unsaid = part(settings(1, "1=a:1,2=b:2"));
        assertThat(unsaid.copyBytesPerSecond()).isZero();
        assertThat(unsaid.keepForFollowers()).isEqualTo(Duration.ofHours(1));
    }

    @ParameterizedTest
    @CsvSource({"copy-rate-max, 1KiB, 64KiB or more", "keep-for-followers, 10ms, 1s or more"})
    void refusesWhatWouldKeepCopiesFromEnding(String key, String value, String why) {
        List<ConfigReader.FlagValue> flags = List.of(new ConfigReader.FlagValue("--set", "replication." + key, value));

        assertThatThrownBy(() -> ConfigReader.read(null, Map.of(), flags))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining(why);
    }

    @Test
    void knowsWhoNeverLeads() {
        assertThat(settings(1, FOUR).neverLeads()).isFalse();
        assertThat(settings(2, FOUR).neverLeads()).isTrue();
        assertThat(settings(3, FOUR).neverLeads()).isFalse();
        assertThat(settings(4, FOUR).neverLeads()).isTrue();
        assertThat(settings(1, FOUR, "replication.learner").neverLeads()).isTrue();
    }

    @Test
    void isShownAsItIsRead() {
        List<Peer> peers = settings(1, FOUR).peers();

        assertThat(SettingText.show(peers)).isEqualTo("1=a:1;2=b:2/priority=0;3=[::1]:3/priority=70;4=d:4/learner");
        assertThat(settings(1, SettingText.show(peers)).peers()).isEqualTo(peers);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "1=a:1/voter | 'voter' in '1=a:1/voter' is not understood",
                "1=a:1/ | behind a member's address may stand /learner or /priority=N",
                "1=a:1/learner/learner | not understood",
                "1=a:1/priority=1/priority=1 | once",
                "1=a:1/priority=high | not a priority: 'high'",
                "1=a:1/priority=-1 | must be from 0 (it never leads) to 100",
                "1=a:1/priority=101 | must be from 0 (it never leads) to 100",
                "1=a:1,2=b:2/learner/priority=5 | is a learner, which never leads: leave its priority out",
                "1=a:1/learner | all of replication.peers are learners",
                "1=a:1/priority=0,2=b:2/learner | all voters of replication.peers have the priority 0",
                "a:1/learner | not a member of a group: 'a:1'",
                "1=a:1,1=a:2/learner | name a number or an address twice",
            })
    void saysWhatIsWrong(String peers, String why) {
        assertThatThrownBy(() -> settings(1, peers))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining(why);
    }

    @Test
    void aMemberThatTakesNothingUnencryptedPassesNothingOnUnencrypted() {
        Map<String, String> enforcing = Map.of("CARILLON_TLS_MODE", "enforcing", "CARILLON_TLS_SELF_SIGNED", "true");
        ConfigReader.FlagValue node = new ConfigReader.FlagValue("--node-id", "replication.node-id", "1");
        ConfigReader.FlagValue peers = new ConfigReader.FlagValue("--peers", "replication.peers", "1=a:1,2=b:2");
        ConfigReader.FlagValue outgoing = new ConfigReader.FlagValue("--set", "tls.outgoing", "true");

        assertThatThrownBy(() -> ConfigReader.read(null, enforcing, List.of(node, peers)))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining("tls.mode=enforcing needs tls.outgoing=true");
        assertThat(ConfigReader.read(null, enforcing, List.of(node, peers, outgoing))
                        .config()
                        .tls()
                        .outgoing())
                .isTrue();
        assertThat(ConfigReader.read(null, enforcing, List.of()).config().tls().outgoing())
                .isFalse();
    }

    @Test
    void encryptionAmongMembersNeedsWhatShowsAndWhatVouches() {
        assertThatThrownBy(() -> settings(1, "1=a:1", "replication.tls"))
                .isInstanceOf(BadConfig.class)
                .hasMessageContaining("replication.tls needs tls.certificate and tls.key")
                .hasMessageContaining("tls.trust");
    }

    @Test
    void saysWhatIsWrongWithTheSwitch() {
        assertThatThrownBy(() -> settings(1, "1=a:1/priority=5,2=b:2", "replication.learner"))
                .hasMessageContaining("member 1 is a learner, which never leads");
        assertThatThrownBy(() -> settings(1, "1=a:1", "replication.learner"))
                .hasMessageContaining("say replication.joins");
        assertThatThrownBy(() -> ConfigReader.read(
                        null,
                        Map.of(),
                        List.of(new ConfigReader.FlagValue("--learner", "replication.learner", "true"))))
                .hasMessageContaining("say with replication.node-id");
    }
}
