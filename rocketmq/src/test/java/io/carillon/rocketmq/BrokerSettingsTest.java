package io.carillon.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.carillon.broker.BrokerConfig;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.ResponseCode;
import java.io.IOException;
import java.io.StringReader;
import java.util.Locale;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class BrokerSettingsTest {
    private final BrokerSettings settings = new BrokerSettings(BrokerConfig.DEFAULT, "127.0.0.1", 10911);

    @Test
    void showsTheSettingsInForceAsPropertiesText() throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(settings.text()));

        assertThat(properties)
                .containsEntry("brokerName", "broker-a")
                .containsEntry("brokerClusterName", "DefaultCluster")
                .containsEntry("flushDiskType", "SYNC_FLUSH")
                .containsEntry("listenPort", "10911")
                .containsEntry("maxMessageSize", "4194304");
        assertThat(properties.stringPropertyNames())
                .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("path"));
    }

    @Test
    void takesAChangeThatChangesNothing() {
        assertThatCode(() -> settings.change("brokerName=broker-a\nwaitTimeMillsInSendQueue=500\n"))
                .doesNotThrowAnyException();
    }

    @Test
    void refusesToChangeWhatIsSetAtTheStart() {
        assertThatThrownBy(() -> settings.change("brokerName=other\nflushDiskType=ASYNC_FLUSH\n"))
                .isInstanceOfSatisfying(
                        BadRequest.class, e -> assertThat(e.code()).isEqualTo(ResponseCode.NO_PERMISSION))
                .hasMessageContaining("brokerName is broker-a")
                .hasMessageContaining("flushDiskType is SYNC_FLUSH");
    }

    @Test
    void refusesPathsAndWhatItDoesNotHave() {
        assertThatThrownBy(() -> settings.change("brokerConfigPath=/tmp/x\nrocketmqHome=`id`\naclEnable=true"))
                .isInstanceOfSatisfying(
                        BadRequest.class, e -> assertThat(e.code()).isEqualTo(ResponseCode.NO_PERMISSION))
                .hasMessageContaining("brokerConfigPath is not for clients")
                .hasMessageContaining("rocketmqHome is nothing that this broker has")
                .hasMessageContaining("aclEnable is false");
    }

    @Test
    void takesNamesThatMeanNothingHereWithoutEffect() {
        String before = settings.text();

        assertThatCode(() -> settings.change("sendMessageThreadPoolNums=4\nnobodyKnowsThis=1\n"))
                .doesNotThrowAnyException();
        assertThat(settings.text()).isEqualTo(before);
    }

    @Test
    void refusesTextThatIsNoProperties() {
        assertThatThrownBy(() -> settings.change("a=\\u00zz")).isInstanceOf(BadRequest.class);
    }
}
