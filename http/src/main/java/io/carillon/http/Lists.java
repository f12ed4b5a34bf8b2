package io.carillon.http;

import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.DelayEngine;
import io.carillon.base.delayqueue.Found;
import io.carillon.base.delayqueue.Requests.Page;
import io.carillon.base.delayqueue.Requests.Search;
import io.carillon.base.delayqueue.Stored;
import io.carillon.base.delayqueue.TopicInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Lists over several topics, which have what the caller may look at and nothing else. Any thread. */
final class Lists {
    private final DelayEngine engine;

    Lists(DelayEngine engine) {
        this.engine = engine;
    }

    /** What belongs to topics that he may not see is left out of the page, which is so much shorter. */
    CompletableFuture<Answer<Found<Stored>>> messages(Search search, Caller caller) {
        return engine.list(search)
                .thenApply(answer -> answer.map(found -> new Found<>(
                        found.items().stream()
                                .filter(one -> caller.may(Action.VIEW, one.topic()))
                                .toList(),
                        found.next())));
    }

    CompletableFuture<Answer<Found<TopicInfo>>> topics(Page page, Caller caller) {
        return caller.may(Action.VIEW, "") ? engine.topics(page) : new Visible(page, caller).after(page.token());
    }

    /** A page of the topics that somebody may see; its token is one of their names, and none of another topic. */
    private final class Visible {
        private final Page wanted;
        private final Caller caller;
        private final List<TopicInfo> items = new ArrayList<>();

        Visible(Page wanted, Caller caller) {
            this.wanted = wanted;
            this.caller = caller;
        }

        CompletableFuture<Answer<Found<TopicInfo>>> after(String token) {
            int max = engine.limits().calls().pageMax();
            return engine.topics(new Page(token, max)).thenCompose(this::add);
        }

        private CompletableFuture<Answer<Found<TopicInfo>>> add(Answer<Found<TopicInfo>> answer) {
            if (!(answer instanceof Answer.Done<Found<TopicInfo>>(Found<TopicInfo> found))) {
                return CompletableFuture.completedFuture(answer);
            }
            for (TopicInfo one : found.items()) {
                if (!caller.may(Action.VIEW, one.topic())) {
                    continue;
                }
                if (items.size() == wanted.max()) {
                    return page(items.getLast().topic());
                }
                items.add(one);
            }
            return found.next().isEmpty() ? page("") : after(found.next());
        }

        private CompletableFuture<Answer<Found<TopicInfo>>> page(String next) {
            return CompletableFuture.completedFuture(Answer.of(new Found<>(items, next)));
        }
    }
}
