import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;

/** Sends ten messages through the official client and consumes them again. */
public class Tour {
    public static void main(String[] args) throws Exception {
        String nameserver = args.length > 0 ? args[0] : "127.0.0.1:9876";
        CountDownLatch consumed = new CountDownLatch(10);

        DefaultMQProducer producer = new DefaultMQProducer("tour-producers");
        producer.setNamesrvAddr(nameserver);
        producer.start();
        for (int i = 0; i < 10; i++) {
            byte[] body = ("hello " + i).getBytes(StandardCharsets.UTF_8);
            SendResult result = producer.send(new Message("Tour", "greeting", body));
            System.out.println("sent " + result.getMsgId() + " to queue " + result.getMessageQueue().getQueueId());
        }

        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("tour-consumers");
        consumer.setNamesrvAddr(nameserver);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe("Tour", "greeting");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            messages.forEach(message -> {
                System.out.println("got " + new String(message.getBody(), StandardCharsets.UTF_8));
                consumed.countDown();
            });
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();

        consumed.await();
        consumer.shutdown();
        producer.shutdown();
    }
}
