package io.carillon.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class PropertyBytesTest {
    private static final List<String> NAMES = List.of("a", "b", "TAGS", "KEYS", "UNIQ_KEY", "TAGS2");

    private final PropertyBytes properties = new PropertyBytes();

    private PropertyBytes read(String stored) {
        byte[] bytes = ("before" + stored + "behind").getBytes(StandardCharsets.UTF_8);
        properties.read(MemorySegment.ofArray(bytes), 6, bytes.length - 12);
        return properties;
    }

    private String written() {
        byte[] bytes = new byte[properties.length()];
        properties.write(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void findsValuesWhereverTheyStand() {
        read("a\1first\2TAGS\1grün, 緑\2last\1no end");

        assertThat(properties.get("a")).isEqualTo("first");
        assertThat(properties.get(MessageProperties.TAGS)).isEqualTo("grün, 緑");
        assertThat(properties.get("last")).isEqualTo("no end");
        assertThat(properties.get("TAG")).isNull();
        assertThat(properties.getOrDefault("las", "none")).isEqualTo("none");
        assertThat(properties.has("a")).isTrue();
        assertThat(properties.has("first")).isFalse();
        assertThat(written()).isEqualTo("a\1first\2TAGS\1grün, 緑\2last\1no end\2");
    }

    @Test
    void changesAValueInItsPlaceAndPutsANewOneLast() {
        read("a\0011\2b\0012\2c\0013\2");

        properties.put("b", "longer");
        properties.put("d", "4");
        properties.putIfAbsent("a", "other");
        properties.putIfAbsent("e", "5");

        assertThat(written()).isEqualTo("a\0011\2b\1longer\2c\0013\2d\0014\2e\0015\2");
    }

    @Test
    void forgetsWhatHasNoNameOrNoValue() {
        assertThat(read("a\0011\2junk\2\1nameless\2empty\1\2\2b\0012\2").get("b"))
                .isEqualTo("2");
        assertThat(properties.has("empty")).isFalse();
        assertThat(written()).isEqualTo("a\0011\2b\0012\2");
        assertThat(read("").length()).isZero();
    }

    @Test
    void keepsByteForByteWhatNobodyChanges() {
        byte[] stored = "a\1?\1?\2a\0012\2".getBytes(StandardCharsets.UTF_8);
        stored[2] = (byte) 0xFF; // no text
        properties.read(MemorySegment.ofArray(stored), 0, stored.length);

        byte[] written = new byte[properties.length()];
        properties.write(written);

        assertThat(written).isEqualTo(stored);
        assertThat(properties.get("a")).as("the last one counts").isEqualTo("2");
    }

    @Test
    void removesAndReplacesAllOfOneName() {
        read("a\0011\2b\0012\2a\0013\2c\0014\2a\0015\2");
        properties.put("a", "6");
        assertThat(written()).isEqualTo("a\0016\2b\0012\2c\0014\2");

        read("a\0011\2b\0012\2a\0013\2");
        properties.remove("a");
        properties.remove("never there");
        assertThat(written()).isEqualTo("b\0012\2");
    }

    @Test
    void takesNoSeparatorIntoAValue() {
        read("a\0011\2");
        assertThatThrownBy(() -> properties.put("a", "x\2y"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'a'");
        assertThat(written()).isEqualTo("a\0011\2");
    }

    @Test
    void takesManyAndLargeOnes() {
        Map<String, String> many = new LinkedHashMap<>();
        for (int i = 0; i < 1000; i++) {
            many.put("name" + i, "v".repeat(i % 90 + 1));
        }
        String stored = new String(MessageProperties.encode(many), StandardCharsets.UTF_8);
        read(stored);
        assertThat(written()).isEqualTo(stored);

        properties.clear();
        assertThat(properties.length()).isZero();
        many.forEach(properties::put);
        assertThat(written()).isEqualTo(stored);
    }

    /** One change: a null value removes. */
    record Change(String name, String value, boolean isRemoval) {}

    @Provide
    Arbitrary<List<Change>> changes() {
        return Combinators.combine(
                        Arbitraries.of(NAMES),
                        Arbitraries.strings()
                                .ofMinLength(1)
                                .ofMaxLength(12)
                                .filter(text -> !text.matches("(?s).*[\1\2].*")),
                        Arbitraries.of(true, false, false))
                .as(Change::new)
                .list()
                .ofMaxSize(30);
    }

    @Property
    void behavesAsAMapOfItsProperties(@ForAll("changes") List<Change> before, @ForAll("changes") List<Change> after) {
        Map<String, String> model = new LinkedHashMap<>();
        before.forEach(change -> model.put(change.name, change.value));
        byte[] stored = MessageProperties.encode(model);
        properties.read(MemorySegment.ofArray(stored), 0, stored.length);

        for (Change change : after) {
            if (change.isRemoval) {
                model.remove(change.name);
                properties.remove(change.name);
            } else {
                model.put(change.name, change.value);
                properties.put(change.name, change.value);
            }
        }

        byte[] written = new byte[properties.length()];
        properties.write(written);
        assertThat(written).isEqualTo(MessageProperties.encode(model));
        NAMES.forEach(name -> assertThat(properties.get(name))
                .isEqualTo(
                        model.containsKey(name)
                                ? new String(model.get(name).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)
                                : null));
    }
}
