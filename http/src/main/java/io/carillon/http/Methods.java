package io.carillon.http;

import com.google.protobuf.Message;
import io.carillon.api.delayqueue.v1.AcknowledgeRequest;
import io.carillon.api.delayqueue.v1.AcknowledgeResponse;
import io.carillon.api.delayqueue.v1.CancelRequest;
import io.carillon.api.delayqueue.v1.CancelResponse;
import io.carillon.api.delayqueue.v1.DelayQueueGrpc;
import io.carillon.api.delayqueue.v1.DeleteGroupRequest;
import io.carillon.api.delayqueue.v1.DeleteResponse;
import io.carillon.api.delayqueue.v1.DeleteTopicRequest;
import io.carillon.api.delayqueue.v1.ExtendRequest;
import io.carillon.api.delayqueue.v1.ExtendResponse;
import io.carillon.api.delayqueue.v1.GetMessageRequest;
import io.carillon.api.delayqueue.v1.GetStatisticsRequest;
import io.carillon.api.delayqueue.v1.GetTopicRequest;
import io.carillon.api.delayqueue.v1.ListDeadLettersRequest;
import io.carillon.api.delayqueue.v1.ListGroupsRequest;
import io.carillon.api.delayqueue.v1.ListGroupsResponse;
import io.carillon.api.delayqueue.v1.ListMessagesRequest;
import io.carillon.api.delayqueue.v1.ListTopicsResponse;
import io.carillon.api.delayqueue.v1.PauseGroupRequest;
import io.carillon.api.delayqueue.v1.PauseTopicRequest;
import io.carillon.api.delayqueue.v1.PullRequest;
import io.carillon.api.delayqueue.v1.PullResponse;
import io.carillon.api.delayqueue.v1.PutGroupRequest;
import io.carillon.api.delayqueue.v1.PutTopicRequest;
import io.carillon.api.delayqueue.v1.RedriveRequest;
import io.carillon.api.delayqueue.v1.RedriveResponse;
import io.carillon.api.delayqueue.v1.ReleaseRequest;
import io.carillon.api.delayqueue.v1.ReleaseResponse;
import io.carillon.api.delayqueue.v1.RescheduleRequest;
import io.carillon.api.delayqueue.v1.ResumeGroupRequest;
import io.carillon.api.delayqueue.v1.ResumeTopicRequest;
import io.carillon.api.delayqueue.v1.SendBatchRequest;
import io.carillon.api.delayqueue.v1.SendBatchResponse;
import io.carillon.api.delayqueue.v1.SendOutcome;
import io.carillon.api.delayqueue.v1.SendRequest;
import io.carillon.api.delayqueue.v1.SendResponse;
import io.carillon.base.delayqueue.Answer;
import io.carillon.base.delayqueue.DelayEngine;
import io.carillon.base.delayqueue.Delivery;
import io.carillon.base.delayqueue.GroupSettings;
import io.carillon.base.delayqueue.NewMessage;
import io.carillon.base.delayqueue.Requests.DeadLetters;
import io.carillon.base.delayqueue.Requests.Pull;
import io.carillon.base.delayqueue.Requests.Redrive;
import io.carillon.base.delayqueue.Requests.Search;
import io.carillon.base.delayqueue.Requests.Where;
import io.carillon.base.delayqueue.Sent;
import io.carillon.base.delayqueue.TopicSettings;
import io.grpc.MethodDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/** What each method of the API does, whichever way it is called. */
final class Methods {
    /**
     * A method.
     *
     * @param right throws {@link Rejected} unless the caller may ask that
     */
    record Method<Q extends Message, R extends Message>(
            MethodDescriptor<Q, R> descriptor,
            BiConsumer<Q, Call> right,
            BiFunction<Q, Call, CompletableFuture<Answer<R>>> work) {
        String name() {
            return String.valueOf(descriptor.getBareMethodName());
        }

        /** Does it, if the caller may. What the request lacks is {@link Rejected}. */
        CompletableFuture<Answer<R>> run(Q request, Call call) {
            right.accept(request, call);
            return work.apply(request, call);
        }
    }

    /** How it is called. Used once. */
    static final class Call {
        private final Caller caller;
        private final boolean isJson;
        private volatile Runnable ifLost = () -> {};

        /** @param isJson whether a body that is a text is answered as one */
        Call(Caller caller, boolean isJson) {
            this.caller = caller;
            this.isJson = isJson;
        }

        Caller caller() {
            return caller;
        }

        /** @param topic empty for all topics */
        void require(Action action, String topic) {
            if (!caller.may(action, topic)) {
                throw new Rejected(Problem.forbidden("'" + caller.name() + "' has no right to " + action
                        + (topic.isEmpty() ? " all topics" : " topic '" + topic + "'")));
            }
        }

        /** For what has a meaning for each topic: the right for one of them, whichever. */
        void require(Action action) {
            if (!caller.actions().contains(action)) {
                throw new Rejected(Problem.forbidden("'" + caller.name() + "' has no right to " + action));
            }
        }

        boolean isJson() {
            return isJson;
        }

        /** The answer did not reach the caller. */
        void lost() {
            ifLost.run();
        }
    }

    private final DelayEngine engine;
    private final HttpConfig config;
    private final Lists lists;
    private final List<Method<?, ?>> all = new ArrayList<>();

    Methods(DelayEngine engine, HttpConfig config) {
        this.engine = engine;
        this.config = config;
        lists = new Lists(engine);
        addMessages();
        addSettling();
        addLooking();
        addTopics();
        addGroups();
    }

    List<Method<?, ?>> all() {
        return all;
    }

    private <Q extends Message, R extends Message> void add(
            MethodDescriptor<Q, R> descriptor,
            Action action,
            Function<Q, String> topic,
            BiFunction<Q, Call, CompletableFuture<Answer<R>>> work) {
        add(descriptor, (q, call) -> call.require(action, topic.apply(q)), work);
    }

    private <Q extends Message, R extends Message> void add(
            MethodDescriptor<Q, R> descriptor,
            BiConsumer<Q, Call> right,
            BiFunction<Q, Call, CompletableFuture<Answer<R>>> work) {
        all.add(new Method<>(descriptor, right, work));
    }

    private FromApi from() {
        return new FromApi(engine.limits());
    }

    private static <T, R> CompletableFuture<Answer<R>> map(
            CompletableFuture<Answer<T>> asked, Function<? super T, ? extends R> with) {
        return asked.thenApply(answer -> answer.map(with));
    }

    private void addMessages() {
        add(DelayQueueGrpc.getSendMethod(), Action.SEND, SendRequest::getTopic, (q, _) -> {
            NewMessage message = from().message(q.getMessage());
            return engine.send(from().topic(q.getTopic()), List.of(message)).thenApply(Methods::single);
        });
        add(DelayQueueGrpc.getSendBatchMethod(), Action.SEND, SendBatchRequest::getTopic, (q, call) -> {
            FromApi from = from();
            from.batch("messages", q.getMessagesCount());
            return sendAll(from, q, call.isJson());
        });
        add(
                DelayQueueGrpc.getCancelMethod(),
                Action.SEND,
                CancelRequest::getTopic,
                (q, _) -> map(
                        engine.cancel(from().topic(q.getTopic()), from().id(q.getId())),
                        outcome -> CancelResponse.newBuilder()
                                .setOutcome(ToApi.cancelled(outcome))
                                .build()));
        add(
                DelayQueueGrpc.getRescheduleMethod(),
                Action.SEND,
                RescheduleRequest::getTopic,
                (q, _) -> map(
                        engine.reschedule(from().topic(q.getTopic()), from().id(q.getId()), from().when(q)),
                        ToApi::rescheduled));
    }

    private static Answer<SendResponse> single(Answer<List<Answer<Sent>>> answer) {
        return switch (answer) {
            case Answer.Done<List<Answer<Sent>>>(var outcomes) ->
                outcomes.getFirst().map(ToApi::sent);
            case Answer.Refused<List<Answer<Sent>>>(var why) -> Answer.refused(why);
        };
    }

    /** What cannot be read is refused by itself, as what the engine refuses. */
    private CompletableFuture<Answer<SendBatchResponse>> sendAll(
            FromApi from, SendBatchRequest request, boolean isJson) {
        String topic = from.topic(request.getTopic());
        SendBatchResponse.Builder outcomes = SendBatchResponse.newBuilder();
        List<NewMessage> messages = new ArrayList<>(request.getMessagesCount());
        List<Integer> places = new ArrayList<>(request.getMessagesCount());
        for (int i = 0; i < request.getMessagesCount(); i++) {
            outcomes.addOutcomes(SendOutcome.getDefaultInstance());
            try {
                messages.add(from.message(request.getMessages(i)));
                places.add(i);
            } catch (Rejected e) {
                outcomes.setOutcomes(
                        i, SendOutcome.newBuilder().setProblem(e.problem().proto(isJson)));
            }
        }
        if (messages.isEmpty()) {
            return CompletableFuture.completedFuture(Answer.of(outcomes.build()));
        }
        return map(engine.send(topic, messages), sent -> {
            for (int i = 0; i < sent.size(); i++) {
                outcomes.setOutcomes(places.get(i), ToApi.outcome(sent.get(i), isJson));
            }
            return outcomes.build();
        });
    }

    private void addSettling() {
        add(DelayQueueGrpc.getPullMethod(), Action.RECEIVE, PullRequest::getTopic, this::pull);
        add(DelayQueueGrpc.getAcknowledgeMethod(), Action.RECEIVE, AcknowledgeRequest::getTopic, (q, _) -> {
            FromApi from = from();
            from.batch("receipts", q.getReceiptsCount());
            return map(engine.acknowledge(from.where(q.getTopic(), q.getGroup()), q.getReceiptsList()), outcomes -> {
                AcknowledgeResponse.Builder to = AcknowledgeResponse.newBuilder();
                outcomes.forEach(one -> to.addOutcomes(ToApi.settled(one)));
                return to.build();
            });
        });
        add(
                DelayQueueGrpc.getExtendMethod(),
                Action.RECEIVE,
                ExtendRequest::getTopic,
                (q, _) -> map(
                        engine.extend(
                                from().where(q.getTopic(), q.getGroup()),
                                q.getReceipt(),
                                from().visibilityMs(q.hasVisibility(), q.getVisibility())),
                        extended -> ExtendResponse.newBuilder()
                                .setReceipt(extended.receipt())
                                .setVisibleAt(Times.timestamp(extended.visibleAtMs()))
                                .build()));
        add(
                DelayQueueGrpc.getReleaseMethod(),
                Action.RECEIVE,
                ReleaseRequest::getTopic,
                (q, _) -> map(
                        engine.release(
                                from().where(q.getTopic(), q.getGroup()),
                                q.getReceipt(),
                                from().releaseMs(q.hasDelay(), q.getDelay())),
                        released -> ReleaseResponse.newBuilder()
                                .setVisibleAt(Times.timestamp(released.visibleAtMs()))
                                .setDead(released.isDead())
                                .build()));
    }

    private CompletableFuture<Answer<PullResponse>> pull(PullRequest request, Call call) {
        FromApi from = from();
        Where where = from.where(request.getTopic(), request.getGroup());
        CompletableFuture<Answer<List<Delivery>>> pulled = engine.pull(new Pull(
                where,
                from.pull(request.getMax()),
                from.waitMs(request.getWait()),
                from.visibilityMs(request.hasVisibility(), request.getVisibility()),
                from.tags(request.getTagsList())));
        CompletableFuture<Answer<PullResponse>> answered =
                map(pulled, deliveries -> ToApi.pulled(deliveries, call.isJson()));
        call.ifLost = () -> ifCancelledLate(pulled, deliveries -> release(where, deliveries));
        answered.whenComplete((_, _) -> {
            if (answered.isCancelled()) {
                ifCancelledLate(pulled, deliveries -> engine.giveBack(where, deliveries));
            }
        });
        return answered;
    }

    /** The receiver went away while it waited, or at the very moment when there was something for it. */
    private static void ifCancelledLate(
            CompletableFuture<Answer<List<Delivery>>> pulled, Consumer<List<Delivery>> handedOut) {
        if (!pulled.cancel(true)) {
            pulled.thenAccept(answer -> {
                if (answer instanceof Answer.Done<List<Delivery>>(List<Delivery> deliveries) && !deliveries.isEmpty()) {
                    handedOut.accept(deliveries);
                }
            });
        }
    }

    /**
     * The answer was on its way, and counts as a try: whom it ends each time, such as a client that lets nothing so large in, would
     * get it again for ever.
     */
    private void release(Where where, List<Delivery> deliveries) {
        deliveries.forEach(one -> engine.release(where, one.receipt(), 0));
    }

    private void addLooking() {
        add(
                DelayQueueGrpc.getGetMessageMethod(),
                Action.VIEW,
                GetMessageRequest::getTopic,
                (q, call) -> map(
                        engine.get(new Where(from().topic(q.getTopic()), q.getGroup()), from().id(q.getId())),
                        stored -> ToApi.message(stored, call.isJson())));
        add(
                DelayQueueGrpc.getListMessagesMethod(),
                (q, call) -> {
                    if (q.getTopic().isEmpty()) {
                        call.require(Action.VIEW);
                    } else {
                        call.require(Action.VIEW, q.getTopic());
                    }
                },
                (q, call) -> map(lists.messages(search(q), call.caller()), ToApi::messages));
        add(
                DelayQueueGrpc.getListDeadLettersMethod(),
                Action.VIEW,
                ListDeadLettersRequest::getTopic,
                (q, _) -> map(
                        engine.deadLetters(new DeadLetters(
                                from().where(q.getTopic(), q.getGroup()),
                                from().page(q.getPageToken(), q.getPageSize()))),
                        ToApi::messages));
        add(DelayQueueGrpc.getRedriveMethod(), Action.MANAGE, RedriveRequest::getTopic, (q, _) -> {
            FromApi from = from();
            from.batch(q.getIdsCount());
            int max = from.redrive(q.getMax());
            return map(
                    engine.redrive(new Redrive(from.where(q.getTopic(), q.getGroup()), q.getIdsList(), max)),
                    redriven -> RedriveResponse.newBuilder()
                            .setRedriven(redriven.redriven())
                            .setUnknown(redriven.unknown())
                            .build());
        });
        add(
                DelayQueueGrpc.getGetStatisticsMethod(),
                Action.VIEW,
                GetStatisticsRequest::getTopic,
                (q, _) -> map(engine.statistics(from().topic(q.getTopic())), ToApi::statistics));
        add(
                DelayQueueGrpc.getGetLimitsMethod(),
                (_, _) -> {}, // whoever may ask anything has to know them
                (_, _) -> CompletableFuture.completedFuture(
                        Answer.of(ToApi.limits(engine.name(), engine.limits(), config))));
    }

    private Search search(ListMessagesRequest asked) {
        return new Search(
                asked.getTopic(),
                asked.getGroup(),
                asked.getKey(),
                from().state(asked.getState()),
                Times.ms(asked.getFrom(), "from"),
                asked.hasTo() ? Times.ms(asked.getTo(), "to") : Long.MAX_VALUE,
                from().page(asked.getPageToken(), asked.getPageSize()));
    }

    private void addTopics() {
        add(
                DelayQueueGrpc.getPutTopicMethod(),
                Action.MANAGE,
                PutTopicRequest::getTopic,
                (q, _) -> map(
                        engine.putTopic(
                                from().topic(q.getTopic()), new TopicSettings(from().partitions(q.getPartitions()))),
                        ToApi::topic));
        add(
                DelayQueueGrpc.getGetTopicMethod(),
                Action.VIEW,
                GetTopicRequest::getTopic,
                (q, _) -> map(engine.topic(from().topic(q.getTopic())), ToApi::topic));
        add(
                DelayQueueGrpc.getListTopicsMethod(),
                (_, call) -> call.require(Action.VIEW),
                (q, call) -> map(lists.topics(from().page(q.getPageToken(), q.getPageSize()), call.caller()), found -> {
                    ListTopicsResponse.Builder to =
                            ListTopicsResponse.newBuilder().setNextPageToken(found.next());
                    found.items().forEach(one -> to.addTopics(ToApi.topic(one)));
                    return to.build();
                }));
        add(
                DelayQueueGrpc.getDeleteTopicMethod(),
                Action.MANAGE,
                DeleteTopicRequest::getTopic,
                (q, _) -> map(engine.deleteTopic(from().topic(q.getTopic())), Methods::deleted));
        add(
                DelayQueueGrpc.getPauseTopicMethod(),
                Action.MANAGE,
                PauseTopicRequest::getTopic,
                (q, _) -> map(engine.pauseTopic(from().topic(q.getTopic()), true), ToApi::topic));
        add(
                DelayQueueGrpc.getResumeTopicMethod(),
                Action.MANAGE,
                ResumeTopicRequest::getTopic,
                (q, _) -> map(engine.pauseTopic(from().topic(q.getTopic()), false), ToApi::topic));
    }

    private static DeleteResponse deleted(boolean isDeleted) {
        return DeleteResponse.newBuilder().setDeleted(isDeleted).build();
    }

    private void addGroups() {
        add(DelayQueueGrpc.getPutGroupMethod(), Action.MANAGE, PutGroupRequest::getTopic, (q, call) -> {
            FromApi from = from();
            GroupSettings settings = new GroupSettings(
                    from.visibilityMs(q.hasVisibility(), q.getVisibility()),
                    q.hasRetry() ? from.retry(q.getRetry()) : null);
            return map(engine.putGroup(changed(q.getTopic(), q.getGroup(), call), settings), ToApi::group);
        });
        add(
                DelayQueueGrpc.getListGroupsMethod(),
                Action.VIEW,
                ListGroupsRequest::getTopic,
                (q, _) -> map(
                        engine.groups(from().topic(q.getTopic()), from().page(q.getPageToken(), q.getPageSize())),
                        found -> {
                            ListGroupsResponse.Builder to =
                                    ListGroupsResponse.newBuilder().setNextPageToken(found.next());
                            found.items().forEach(one -> to.addGroups(ToApi.group(one)));
                            return to.build();
                        }));
        add(
                DelayQueueGrpc.getDeleteGroupMethod(),
                Action.MANAGE,
                DeleteGroupRequest::getTopic,
                (q, call) -> map(engine.deleteGroup(changed(q.getTopic(), q.getGroup(), call)), Methods::deleted));
        add(
                DelayQueueGrpc.getPauseGroupMethod(),
                Action.MANAGE,
                PauseGroupRequest::getTopic,
                (q, call) -> map(engine.pauseGroup(changed(q.getTopic(), q.getGroup(), call), true), ToApi::group));
        add(
                DelayQueueGrpc.getResumeGroupMethod(),
                Action.MANAGE,
                ResumeGroupRequest::getTopic,
                (q, call) -> map(engine.pauseGroup(changed(q.getTopic(), q.getGroup(), call), false), ToApi::group));
    }

    /** A group that is to be changed, where the caller may do that for each topic that it is of. */
    private Where changed(String topic, String group, Call call) {
        Where where = from().where(topic, group);
        engine.otherTopics(where).forEach(other -> call.require(Action.MANAGE, other));
        return where;
    }
}
