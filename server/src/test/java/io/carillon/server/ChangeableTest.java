package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.base.ByteSize;
import io.carillon.server.Changeable.Owner;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChangeableTest {
    /** No path, command, address or secret can be of these. */
    private static final Set<Type> HARMLESS = Set.of(int.class, boolean.class, Duration.class, ByteSize.class);

    private static final Settings SETTINGS = Settings.of(ServerConfig.DEFAULT);

    @Test
    void eachIsASettingWhoseDefaultIsInItsRange() {
        assertThat(Changeable.all()).isNotEmpty().allSatisfy((key, one) -> {
            Setting setting = SETTINGS.get(key);
            assertThat(one.parse(setting, SettingText.show(setting.value()))).isEqualTo(setting.value());
        });
    }

    @Test
    void noneIsAPathAnAddressOrWhatGuardsTheServer() {
        assertThat(Changeable.all()).allSatisfy((key, _) -> {
            assertThat(HARMLESS).contains(SETTINGS.get(key).type());
            assertThat(key).doesNotStartWith("security.").doesNotStartWith("tls.");
        });
        assertThat(Changeable.all().keySet()).doesNotContain("insecure", "broker-port", "nameserver-port", "log.flush");
    }

    @Test
    void eachNumberHasARangeAndItsEndsAreTakenByTheRecord() {
        Changeable.all().values().forEach(one -> {
            Setting setting = SETTINGS.get(one.key());
            if (setting.type() == boolean.class) {
                assertThat(one.range()).as(one.key()).isEmpty();
                return;
            }
            for (Object end : new Object[] {one.min(), one.max()}) {
                Settings changed = SETTINGS.copy();
                changed.set(setting.with(end, "test"));
                assertThat(changed.build()).as(one.key() + "=" + end).isNotNull();
            }
        });
    }

    @Test
    void namesTheRangeToWhoLeavesIt() {
        assertRefused("log.disk-use-max", "101", "must be from 1 to 100, not 101");
        assertRefused("log.keep-for", "1s", "must be from 1m to 876600h, not 1s");
        assertRefused("broker.message-size-max", "1GiB", "must be from 1KiB to 64MiB, not 1GiB");
        assertRefused("log.keep-for", "long", "not a duration");
        assertRefused("log.keep-for", "999999999999999d", "must be from 1m to 876600h, not 999999999999999d");
        assertRefused("log.keep-for", "999999999999999h", "must be from 1m to 876600h");
        assertRefused("log.keep-at-most", "999999999999999t", "must be from 0B to");
        assertRefused("transaction.enabled", "2", "not true or false");
    }

    @Test
    void belongsToThePartThatItsKeyNames() {
        assertThat(Changeable.all())
                .allSatisfy((key, one) ->
                        assertThat(one.owner() == Owner.NAME_SERVER).isEqualTo(key.startsWith("nameserver.")));
    }

    private static void assertRefused(String key, String text, String why) {
        Changeable changeable = Changeable.of(key);
        assertThat(changeable).isNotNull();
        assertThatThrownBy(() -> changeable.parse(SETTINGS.get(key), text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }
}
