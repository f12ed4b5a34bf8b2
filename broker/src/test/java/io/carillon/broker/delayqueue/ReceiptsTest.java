package io.carillon.broker.delayqueue;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.broker.pop.RetryKind;
import java.util.Base64;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ReceiptsTest {
    private static final Where WHERE = new Where("orders", "web");
    private final Receipts receipts = new Receipts(() -> new byte[32]);

    @Property
    void aReceiptReadsBackAsItWas(
            @ForAll RetryKind kind,
            @ForAll int queue,
            @ForAll long offset,
            @ForAll long poppedMs,
            @ForAll int attempt) {
        Receipt receipt = new Receipt(kind, queue, offset, poppedMs, poppedMs + 1, attempt, 16, 250);
        assertThat(receipts.read(WHERE, receipts.text(WHERE, receipt))).isEqualTo(receipt);
    }

    @Property
    void aReceiptThatWasChangedAnywhereIsNone(
            @ForAll @IntRange(max = 61) int at, @ForAll @IntRange(min = 1, max = 255) int change) {
        byte[] bytes = Base64.getUrlDecoder().decode(receipts.text(WHERE, some()));
        bytes[at] ^= (byte) change;
        String changed = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        assertThat(receipts.read(WHERE, changed)).isNull();
    }

    private static Receipt some() {
        return new Receipt(RetryKind.V1, 3, 77, 1_000, 2_000, 2, 16, 250);
    }

    @Test
    void aReceiptOfAnotherGroupTopicOrServerIsNone() {
        String text = receipts.text(WHERE, some());
        assertThat(receipts.read(new Where("orders", "other"), text)).isNull();
        assertThat(receipts.read(new Where("other", "web"), text)).isNull();
        assertThat(receipts.read(new Where("order", "sweb"), text)).isNull();
        byte[] otherKey = new byte[32];
        otherKey[0] = 1;
        assertThat(new Receipts(() -> otherKey).read(WHERE, text)).isNull();
    }

    @Property
    void noTextIsAnythingButAReceiptOrNone(@ForAll String text) {
        assertThat(receipts.read(WHERE, text)).isNull();
    }
}
