package io.carillon.rocketmq;

import io.carillon.broker.produce.Intake;
import io.carillon.broker.produce.ProduceService;
import io.carillon.broker.produce.Refused;
import io.carillon.broker.produce.Send;
import io.carillon.log.AppendBatch;
import io.carillon.log.Refusal;
import io.carillon.message.Extras;
import io.carillon.remoting.Connection;
import io.carillon.remoting.FrameWriter;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.ResponseCode;
import io.carillon.schedule.KeyedSend;
import io.carillon.schedule.Outcome;
import io.carillon.schedule.Scheduler;

/** Sends of messages that have a key: each goes through the log by itself. Called on the connection's I/O thread. */
final class KeyedSends {
    private final ProduceService produce;
    private final Scheduler scheduler;

    KeyedSends(ProduceService produce, Scheduler scheduler) {
        this.produce = produce;
        this.scheduler = scheduler;
    }

    /** @param send shares nothing with any other */
    void send(ProduceLane lane, Send send, ReplyTo replyTo) {
        One one = new One(lane, replyTo);
        send.isKeyed = true;
        Refused refused = produce.take(send, one.intake, one.keyed.batch());
        if (refused == null) {
            scheduler.send(one.keyed, send.topicName(), one.intake.key(), one.intake.mayReplace());
        } else {
            replyTo.send(ProduceHandler.refusal(refused));
        }
    }

    private static final class One {
        private final ProduceLane lane;
        private final ReplyTo replyTo;
        private final Intake intake = new Intake();
        private final KeyedSend keyed = new KeyedSend(this::told);

        private One(ProduceLane lane, ReplyTo replyTo) {
            this.lane = lane;
            this.replyTo = replyTo;
        }

        private void told(Outcome outcome) {
            Refusal refusal = keyed.batch().refusal();
            if (outcome == Outcome.DONE && refusal == null) {
                Late.run(replyTo.connection(), this::answer);
            } else {
                replyTo.send(
                        outcome == Outcome.DONE && refusal != null ? ProduceLane.refusal(refusal) : refusalOf(outcome));
            }
        }

        private Reply refusalOf(Outcome outcome) {
            String detail = outcome == Outcome.KEY_TAKEN
                    ? "a message with " + Extras.KEY + " '" + intake.key() + "' waits already, and " + Extras.KEY_POLICY
                            + " is refuse"
                    : "as many messages with a " + Extras.KEY + " wait as may: see the setting schedule.keys-max";
            return Reply.of(ResponseCode.MESSAGE_ILLEGAL, detail);
        }

        private void answer() {
            AppendBatch records = keyed.batch();
            Connection connection = replyTo.connection();
            if (!replyTo.isOneWay()) {
                FrameWriter writer = connection.writer();
                writer.begin(replyTo.opaque(), replyTo.isBinary(), ResponseCode.SUCCESS, null);
                lane.answer()
                        .writeOne(writer, records, 0, intake.uniqueAt(), intake.uniqueLength(), intake.isRecallable());
                writer.end();
            }
            replyTo.handOver();
        }
    }
}
