package io.carillon.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PathTemplateTest {
    private static final PathTemplate PULL = PathTemplate.of("/v1/topics/{topic}/groups/{group}:pull");

    @Test
    void fieldsOfThePathAreFound() {
        assertThat(PULL.match(PathTemplate.of("/v1/topics/orders/groups/web:pull")))
                .isEqualTo(Map.of("topic", "orders", "group", "web"));
        assertThat(PULL.match(PathTemplate.of("/v1/topics/a%7Cb/groups/x+y:pull")))
                .isEqualTo(Map.of("topic", "a|b", "group", "x+y"));
    }

    @Test
    void anotherVerbAnotherWordOrAnotherLengthIsAnotherPath() {
        assertThat(PULL.match(PathTemplate.of("/v1/topics/orders/groups/web:ack")))
                .isNull();
        assertThat(PULL.match(PathTemplate.of("/v1/topics/orders/groups/web"))).isNull();
        assertThat(PULL.match(PathTemplate.of("/v1/topics/orders/group/web:pull")))
                .isNull();
        assertThat(PULL.match(PathTemplate.of("/v1/topics/orders:pull"))).isNull();
    }
}
