package io.carillon.contract;

import static io.carillon.contract.Conversation.text;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is served beside the API. */
interface MonitoringContract extends Conversations {
    @Test
    default void healthMetricsAndOpenApiAreServed() {
        over(Over.HTTP).send(text("one, that counts"));
        try (JsonClient client = http()) {
            assertThat(client.send(client.to("/health").GET()).body()).contains("\"status\":\"up\"");
            assertThat(client.send(client.to("/ready").GET()).body()).contains("\"status\":\"ready\"");
            String metrics = client.send(client.to("/metrics").GET()).body();
            assertThat(metrics).contains("# TYPE delayqueue_lateness_seconds histogram");
            assertThat(metrics.lines().filter(line -> !line.startsWith("#")))
                    .allMatch(line -> line.matches("[a-z_:][a-z0-9_:]*(\\{.*\\})? [-+0-9.eE]+(Inf|NaN)?"))
                    .anyMatch(line -> line.startsWith("http_requests_total{method=\"Send\""));
            String openApi = client.send(client.to("/openapi.json").GET()).body();
            assertThat(openApi)
                    .contains("\"/v1/topics/{topic}/messages\"")
                    .contains("Sends one message, which is due at once or later.");
        }
    }
}
