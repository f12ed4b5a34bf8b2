package io.carillon.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import io.carillon.base.Secret;
import io.carillon.base.Ticker;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class IntroductionsTest {
    private static final long NOW_MS = 1_800_000_000_000L;

    private static Introductions at(long nowMs, String secret) {
        return new Introductions(Secret.of(secret), new Ticker() {
            @Override
            public long nowMs() {
                return nowMs;
            }

            @Override
            public long nanoTime() {
                return 0;
            }
        });
    }

    private static RequestHeaders asked(HttpMethod method, String path, String authority) {
        return RequestHeaders.builder(method, path).authority(authority).build();
    }

    private static final RequestHeaders ASKED = asked(HttpMethod.POST, "/v1/a?b=c", "10.0.0.1:8080");

    @Property
    void everyNameIsReadAsItWasSaid(
            @ForAll @StringLength(min = 1, max = 100) String name,
            @ForAll @LongRange(min = -Introductions.GOOD_FOR_MS, max = Introductions.GOOD_FOR_MS) long later) {
        String whole = new String(name.getBytes(UTF_8), UTF_8);
        RequestHeaders said = at(NOW_MS, "s").with(ASKED, whole);
        assertThat(at(NOW_MS + later, "s").read(said)).isEqualTo(whole);
    }

    @Property
    void whateverElseIsWrittenThereIsNobody(@ForAll @StringLength(max = 200) String text) {
        String header = text.replaceAll("[^!-~]", "x");
        assertThat(at(NOW_MS, "s").read(said(header))).isNull();
        assertThat(at(NOW_MS, "s").read(said(NOW_MS + "." + header))).isNull();
        assertThat(at(NOW_MS, "s").read(said(NOW_MS + ".YQ." + header))).isNull();
    }

    private static RequestHeaders said(String header) {
        return ASKED.toBuilder().set(Introductions.HEADER, header).build();
    }

    @Test
    void itCountsForItsRequestItsTimeAndItsSecretAlone() {
        String seal = at(NOW_MS, "s").with(ASKED, "billing").get(Introductions.HEADER);
        RequestHeaders[] others = {
            asked(HttpMethod.GET, "/v1/a?b=c", "10.0.0.1:8080"),
            asked(HttpMethod.POST, "/v1/a?b=d", "10.0.0.1:8080"),
            asked(HttpMethod.POST, "/v1/a", "10.0.0.1:8080"),
            asked(HttpMethod.POST, "/v1/a?b=c", "10.0.0.2:8080")
        };
        for (RequestHeaders other : others) {
            RequestHeaders moved = other.toBuilder()
                    .set(Introductions.HEADER, String.valueOf(seal))
                    .build();
            assertThat(at(NOW_MS, "s").read(moved)).as(other.toString()).isNull();
        }
        assertThat(at(NOW_MS, "s").read(said(String.valueOf(seal)))).isEqualTo("billing");
        assertThat(at(NOW_MS, "t").read(said(String.valueOf(seal)))).isNull();
        assertThat(at(NOW_MS, "").read(said(String.valueOf(seal)))).isNull();
        assertThat(at(NOW_MS + Introductions.GOOD_FOR_MS + 1, "s").read(said(String.valueOf(seal))))
                .isNull();
        assertThat(at(NOW_MS - Introductions.GOOD_FOR_MS - 1, "s").read(said(String.valueOf(seal))))
                .isNull();
    }

    @Test
    void nobodyIsIntroducedWithoutASecretNorByAnEndlessName() {
        assertThat(at(NOW_MS, "").areFor("billing")).isFalse();
        assertThat(at(NOW_MS, "s").areFor("billing")).isTrue();
        assertThat(at(NOW_MS, "s").areFor("x".repeat(513))).isFalse();
    }
}
