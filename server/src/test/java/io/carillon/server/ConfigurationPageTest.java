package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class ConfigurationPageTest {
    @Test
    void isWhatTheRecordsSay() throws IOException {
        String wanted = ConfigurationPage.text();
        if ("write".equals(System.getProperty("carillon.docs"))) {
            Files.writeString(ConfigurationPage.FILE, wanted);
        }

        assertThat(Files.readString(ConfigurationPage.FILE))
                .as("docs/configuration.md is stale; './carillon docs' writes it anew")
                .isEqualTo(wanted);
    }
}
