import com.google.protobuf.util.Durations;
import io.carillon.api.delayqueue.v1.AcknowledgeRequest;
import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.NewMessage;
import io.carillon.api.delayqueue.v1.PullRequest;
import io.carillon.api.delayqueue.v1.PullResponse;
import io.carillon.api.delayqueue.v1.ReceivedMessage;
import io.carillon.api.delayqueue.v1.SendRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;

public class GrpcExample {
    public static void main(String[] args) {
        ManagedChannel channel =
                ManagedChannelBuilder.forTarget("localhost:8080").usePlaintext().build();
        var queue = DelayQueueGrpc.newBlockingStub(channel);
        queue.send(SendRequest.newBuilder()
                .setTopic("orders")
                .setMessage(NewMessage.newBuilder().setText("hello").setDelay(Durations.fromSeconds(2)))
                .build());
        PullResponse pulled = queue.pull(PullRequest.newBuilder()
                .setTopic("orders")
                .setGroup("mailer")
                .setMax(50)
                .setWait(Durations.fromSeconds(30))
                .build());
        AcknowledgeRequest.Builder done =
                AcknowledgeRequest.newBuilder().setTopic("orders").setGroup("mailer");
        for (ReceivedMessage got : pulled.getMessagesList()) {
            System.out.println(got.getMessage().getBody().toStringUtf8());
            done.addReceipts(got.getReceipt());
        }
        queue.acknowledge(done.build());
        channel.shutdown();
    }
}
