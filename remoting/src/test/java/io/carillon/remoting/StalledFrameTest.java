package io.carillon.remoting;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StalledFrameTest {
    private final StalledFrame stalled = new StalledFrame();

    @Test
    void isTooLongWhenTheWholeTimeBroughtATrickleOnly() {
        for (int part = 0; part < StalledFrame.PARTS; part++) {
            stalled.came(1000);
            assertThat(stalled.isTooLong(true)).as("part %d", part).isFalse();
        }
        assertThat(stalled.isTooLong(true)).isTrue();
    }

    @Test
    void givesASlowLinkTimeAsLongAsItBringsSomething() {
        for (int part = 0; part < 100; part++) {
            stalled.came(StalledFrame.PROGRESS_BYTES / StalledFrame.PARTS);
            assertThat(stalled.isTooLong(true)).as("part %d", part).isFalse();
        }
    }

    @Test
    void countsAnewAfterAWholeFrameAndWhileWeDoNotRead() {
        for (int part = 0; part < StalledFrame.PARTS; part++) {
            stalled.isTooLong(true);
        }
        assertThat(stalled.isTooLong(false)).isFalse();
        for (int part = 0; part < StalledFrame.PARTS; part++) {
            assertThat(stalled.isTooLong(true)).isFalse();
        }
        stalled.beginAnew();
        for (int part = 0; part < StalledFrame.PARTS; part++) {
            assertThat(stalled.isTooLong(true)).isFalse();
        }
        assertThat(stalled.isTooLong(true)).isTrue();
    }
}
