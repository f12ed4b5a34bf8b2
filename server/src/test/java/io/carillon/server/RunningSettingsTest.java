package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.base.Storage;
import io.carillon.rocketmq.LiveSettings;
import io.carillon.rocketmq.LiveSettings.Outcome;
import io.carillon.server.Changeable.Owner;
import io.carillon.testkit.Call;
import io.carillon.testkit.Fault;
import io.carillon.testkit.Loss;
import io.carillon.testkit.LossyStorage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

class RunningSettingsTest {
    private final LossyStorage disk = new LossyStorage();
    private final List<ServerConfig> applied = new ArrayList<>();

    private final ConfigReader.Effective effective = ConfigReader.read(
            null,
            Map.of("CARILLON_POP_POLLS_MAX", "8", "CARILLON_DATA", "nowhere"),
            List.of(new ConfigReader.FlagValue("--set", "log.disk-use-max", "70")));

    private final RunningSettings settings =
            new RunningSettings(effective.all(), owner -> new SettingsFile(disk, owner.file()));
    private final LiveSettings broker = settings.of(Owner.BROKER, applied::add);
    private final LiveSettings names = settings.of(Owner.NAME_SERVER, applied::add);

    private static SortedMap<String, String> stored(Storage disk, Owner owner) {
        try (Storage.File file = disk.open(owner.file())) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.size()));
            file.read(0, bytes);
            return SettingsFile.parse(
                    owner.file(),
                    new String(bytes.array(), StandardCharsets.UTF_8).lines().toList());
        }
    }

    private static SortedMap<String, String> faults(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Refused.class);
        return ((Outcome.Refused) outcome).faults();
    }

    @Test
    void changesSeveralAtOnceAndStoresThemBeforeTheyAreInForce() {
        assertThat(broker.change(Map.of("log.keep-for", "2d", "transaction.enabled", "off"), "test"))
                .isEqualTo(new Outcome.Changed());

        assertThat(applied).hasSize(1);
        assertThat(applied.getFirst().broker().log().keepFor()).isEqualTo(Duration.ofDays(2));
        assertThat(applied.getFirst().broker().transaction().enabled()).isFalse();
        assertThat(broker.inForce()).containsEntry("log.keep-for", "48h").containsEntry("transaction.enabled", "false");
        assertThat(stored(disk.afterPowerLoss(Loss.everything()), Owner.BROKER))
                .isEqualTo(Map.of("log.keep-for", "48h", "transaction.enabled", "false"));
    }

    @Test
    void keepsEarlierChangesAndThoseOfEachOwnerApart() {
        broker.change(Map.of("log.keep-for", "2d"), "test");
        names.change(Map.of("nameserver.acting-master", "true"), "test");
        broker.change(Map.of("log.keep-at-most", "1GiB"), "test");

        assertThat(stored(disk, Owner.BROKER)).isEqualTo(Map.of("log.keep-for", "48h", "log.keep-at-most", "1GiB"));
        assertThat(stored(disk, Owner.NAME_SERVER)).isEqualTo(Map.of("nameserver.acting-master", "true"));
        assertThat(applied.getLast().nameserver().actingMaster()).isTrue();
        assertThat(names.inForce().keySet()).allMatch(key -> key.startsWith("nameserver."));
    }

    @Test
    void changesNothingWhenOneOfSeveralIsRefused() {
        SortedMap<String, String> faults = faults(broker.change(
                Map.of(
                        "log.keep-for", "2d",
                        "log.keep-at-most", "much",
                        "broker.pull-messages-max", "0",
                        "tls.mode", "disabled",
                        "nameserver.acting-master", "true"),
                "test"));

        assertThat(faults)
                .containsOnlyKeys(
                        "log.keep-at-most", "broker.pull-messages-max", "tls.mode", "nameserver.acting-master");
        assertThat(faults.get("broker.pull-messages-max")).isEqualTo("must be from 1 to 100000, not 0");
        assertThat(faults.get("tls.mode")).isEqualTo("is set when the server starts");
        assertThat(applied).isEmpty();
        assertThat(disk.exists(Owner.BROKER.file())).isFalse();
        assertThat(broker.inForce()).containsEntry("log.keep-for", "72h");
    }

    @Test
    void refusesWhatTheEnvironmentOrAFlagHoldsButNotToLeaveItAsItIs() {
        assertThat(faults(broker.change(Map.of("pop.polls-max", "9", "log.disk-use-max", "9"), "test")))
                .hasEntrySatisfying(
                        "pop.polls-max",
                        why -> assertThat(why).startsWith("was set by environment CARILLON_POP_POLLS_MAX"))
                .hasEntrySatisfying("log.disk-use-max", why -> assertThat(why).startsWith("was set by flag --set"));
        assertThat(broker.change(Map.of("pop.polls-max", "8"), "test")).isEqualTo(new Outcome.Changed());
        assertThat(applied).isEmpty();
    }

    @Test
    void keepsWhatAnEarlierChangeSaidAlsoWhileTheEnvironmentHoldsAnother() {
        Setting pinned = effective.all().get("pop.polls-max");
        effective.all().set(pinned.changedTo(5));

        assertThat(broker.inForce()).containsEntry("pop.polls-max", "8");
        broker.change(Map.of("log.keep-for", "2d"), "test");

        assertThat(stored(disk, Owner.BROKER)).isEqualTo(Map.of("log.keep-for", "48h", "pop.polls-max", "5"));
    }

    @Test
    void isOldOrNewAfterAFaultAtAnyPlaceAndNeverInForceUnstored() {
        broker.change(Map.of("log.keep-for", "2d"), "test");
        for (Call.Kind kind : Call.Kind.values()) {
            for (int k = 1; k <= 3; k++) {
                applied.clear();
                String before = broker.inForce().get("log.keep-for");
                String wanted = (100 + 10 * kind.ordinal() + k) + "h";
                disk.fail(kind, k, Fault.IO_ERROR);
                boolean hasFailed = false;
                try {
                    broker.change(Map.of("log.keep-for", wanted), "test");
                } catch (StorageFault _) {
                    hasFailed = true;
                }
                disk.heal();

                assertThat(broker.inForce()).containsEntry("log.keep-for", hasFailed ? before : wanted);
                assertThat(applied).hasSize(hasFailed ? 0 : 1);
                String kept = stored(disk.afterPowerLoss(Loss.everything()), Owner.BROKER)
                        .get("log.keep-for");
                assertThat(kept).isIn(hasFailed ? List.of(before, wanted) : List.of(wanted));
            }
        }
    }

    @Test
    void aFileThatIsNotOfItsFormNamesTheLine() {
        assertThatThrownBy(() -> SettingsFile.parse("f", List.of("a=1", "b")))
                .hasMessageContaining("f:2: not a key=value line");
        assertThatThrownBy(() -> SettingsFile.parse("f", List.of("a=1", "a=2"))).hasMessageContaining("f:2");
    }
}
