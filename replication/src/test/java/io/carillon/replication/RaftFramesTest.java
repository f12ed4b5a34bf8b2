package io.carillon.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alipay.sofa.jraft.rpc.CliRequests.RemovePeerRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.PingRequest;
import com.google.protobuf.ByteString;
import io.carillon.remoting.Payload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class RaftFramesTest {
    @Property
    void readsWhatItWrote(
            @ForAll @Size(max = 5_000) byte[] data, @ForAll @LongRange(min = 0) long term, @ForAll boolean isDirect)
            throws IOException {
        AppendEntriesRequest request = AppendEntriesRequest.newBuilder()
                .setGroupId("g")
                .setServerId("127.0.0.1:1")
                .setPeerId("127.0.0.1:2")
                .setTerm(term)
                .setPrevLogTerm(0)
                .setPrevLogIndex(1)
                .setCommittedIndex(1)
                .setData(ByteString.copyFrom(data))
                .build();

        assertThat(RaftFrames.read(written(RaftFrames.of(request), isDirect))).isEqualTo(request);
    }

    private static byte[] written(Payload payload, boolean isDirect) {
        ByteBuffer room =
                isDirect ? ByteBuffer.allocateDirect(payload.length() + 9) : ByteBuffer.allocate(payload.length() + 9);
        payload.writeTo(room.position(5));
        assertThat(room.position()).isEqualTo(5 + payload.length());
        byte[] bytes = new byte[payload.length()];
        room.get(5, bytes);
        assertThat(bytes).isEqualTo(payload.bytes());
        return bytes;
    }

    /** What comes is from whoever could connect: it is a message or refused, and nothing else happens. */
    @Property
    void takesNoHarmFromWhatIsNoMessage(@ForAll @Size(max = 200) byte[] bytes) {
        try {
            assertThat(RaftFrames.read(bytes)).isNotNull();
        } catch (IOException refused) {
            assertThat(refused).hasMessageMatching("(?s).+");
        }
    }

    @Example
    void refusesAMessageThatIsCutOff() {
        byte[] whole = RaftFrames.of(
                        PingRequest.newBuilder().setSendTimestamp(1).build())
                .bytes();

        assertThatThrownBy(() -> RaftFrames.read(Arrays.copyOf(whole, whole.length - 1)))
                .isInstanceOf(IOException.class);
    }

    @Example
    void sendsNothingThatOnlyAnOperatorAsksFor() {
        RemovePeerRequest request = RemovePeerRequest.newBuilder()
                .setGroupId("g")
                .setLeaderId("127.0.0.1:1")
                .setPeerId("127.0.0.1:2")
                .build();

        assertThatThrownBy(() -> RaftFrames.of(request))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("RemovePeerRequest");
    }
}
