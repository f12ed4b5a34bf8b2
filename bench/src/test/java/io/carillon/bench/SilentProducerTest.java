package io.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.carillon.base.Ticker;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SilentProducerTest {
    private final Recorder seen = new Recorder();

    @Test
    @Timeout(20)
    void countsWhatItIsAskedAndDoesNotAnswer() throws IOException, InterruptedException {
        asked(
                "{\"code\":0,\"flag\":1,\"opaque\":1}",
                "{\"code\":39,\"flag\":2,\"opaque\":7}",
                "{\"code\":39,\"flag\":2,\"opaque\":8}");

        assertThat(seen.messagesReceived()).isEqualTo(2);
        assertThat(seen.errors()).isEmpty();
    }

    @Test
    @Timeout(20)
    void aRefusedHeartbeatIsAnError() throws IOException, InterruptedException {
        asked("{\"code\":1,\"flag\":1,\"opaque\":1}");

        assertThat(seen.errors()).containsEntry("heartbeat answered with code 1", 1L);
    }

    /** A server that reads the heartbeat, sends these frames, and looks whether it is answered when the producer ends. */
    private void asked(String... headers) throws IOException, InterruptedException {
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var address = new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
            SilentProducer producer = SilentProducer.connect(Ticker.system(), address);
            producer.record(seen);
            producer.start();
            try (Socket socket = listener.accept()) {
                var in = new DataInputStream(socket.getInputStream());
                byte[] heartbeat = new byte[in.readInt()];
                in.readFully(heartbeat);
                assertThat(new String(heartbeat, StandardCharsets.UTF_8)).contains(SendShape.PRODUCER_GROUP);
                var out = new DataOutputStream(socket.getOutputStream());
                for (String header : headers) {
                    out.writeInt(4 + header.length());
                    out.writeInt(header.length());
                    out.writeBytes(header);
                }
                long deadlineNs = System.nanoTime() + 10_000_000_000L;
                while (seen.messagesReceived() < headers.length - 1
                        || (headers.length == 1 && seen.errors().isEmpty())) {
                    assertThat(System.nanoTime()).isLessThan(deadlineNs);
                    Thread.onSpinWait();
                }
                producer.stop();
                assertThat(in.read()).as("the end, and no answer").isEqualTo(-1);
            }
        }
    }
}
