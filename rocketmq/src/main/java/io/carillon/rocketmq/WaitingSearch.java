package io.carillon.rocketmq;

import io.carillon.broker.metadata.Topics;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.ResponseCode;
import io.carillon.schedule.Waiting;
import java.util.List;

/** Finds the one message that a request means, where reading does no harm, and answers when there is none or more. */
final class WaitingSearch {
    private final WaitingFinder finder;
    private final Topics topics;
    private final ScheduleBodies bodies;
    private final Aside aside;
    private final Aside surveys;

    /** @param surveys for what reads much */
    WaitingSearch(WaitingFinder finder, Topics topics, ScheduleBodies bodies, Aside aside, Aside surveys) {
        this.finder = finder;
        this.topics = topics;
        this.bodies = bodies;
        this.aside = aside;
        this.surveys = surveys;
    }

    /** What is to be done with the one that was found. */
    interface FoundOne {
        void take(Waiting one, ReplyTo replyTo);
    }

    /**
     * Finds the message that is named, and hands it on, or answers why not. What has no such exact name is looked for among
     * all that waits, which reads much.
     */
    void find(Request request, WaitingName name, FoundOne told) {
        aside.answerLater(
                request,
                replyTo -> finder.findExact(name)
                        .ifPresentOrElse(
                                found -> tell(found, name, told, replyTo),
                                () -> surveys.answerLater(
                                        replyTo, late -> tell(finder.findByKeys(name), name, told, late))));
    }

    private void tell(WaitingFinder.Found found, WaitingName name, FoundOne told, ReplyTo replyTo) {
        switch (found) {
            case WaitingFinder.Found.One(Waiting one) -> told.take(one, replyTo);
            case WaitingFinder.Found.None _ -> replyTo.send(OrderAnswers.unknown(name));
            case WaitingFinder.Found.Several(List<Waiting> all) -> replyTo.send(ambiguous(name, all));
        }
    }

    private Reply ambiguous(WaitingName name, List<Waiting> candidates) {
        return OrderAnswers.ambiguous(name)
                .body(bodies.page(candidates, candidates.size()).body().bytes());
    }

    /** @throws BadRequest when there is no such topic */
    void requireTopic(String topic) {
        if (topics.find(topic) == null) {
            throw new BadRequest(ResponseCode.TOPIC_NOT_EXIST, "topic " + topic + " does not exist");
        }
    }
}
