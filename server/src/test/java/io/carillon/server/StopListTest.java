package io.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StopListTest {
    private final List<String> stopped = new ArrayList<>();
    private final StopList list = new StopList();

    @Test
    void stopsInTheOppositeOrderOfStarting() {
        list.add("disk", () -> stopped.add("disk"));
        list.add("broker", () -> stopped.add("broker"));
        list.add("sockets", () -> stopped.add("sockets"));

        list.close();

        assertThat(stopped).containsExactly("sockets", "broker", "disk");
    }

    @Test
    void goesOnAfterAPartThatFailsToStop() {
        list.add("disk", () -> stopped.add("disk"));
        list.add("broker", () -> {
            throw new IOException("made up");
        });

        list.close();

        assertThat(stopped).containsExactly("disk");
    }

    @Test
    void stopsEachPartOnce() {
        list.add("disk", () -> stopped.add("disk"));

        list.close();
        list.close();

        assertThat(stopped).containsExactly("disk");
    }
}
