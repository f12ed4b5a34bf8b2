package io.carillon.rocketmq;

import io.carillon.broker.cluster.GroupView;
import io.carillon.broker.cluster.MemberView;
import io.carillon.broker.cluster.Membership;
import io.carillon.broker.cluster.Outcome;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.ReplyTo;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import io.carillon.remoting.ResponseCode;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows and changes the group of brokers that this one is a member of: Carillon's own request codes, which {@code carillon
 * cluster} speaks. A member that does not lead answers for itself, too: with what it knows, and with who leads.
 */
final class ClusterHandler implements Handlers {
    private static final int TEXT_MAX = 300;

    private final @Nullable Membership membership;
    private final Aside aside;

    /**
     * @param membership null for a broker that is a member of no group
     * @param aside what members are asked on, one question at a time
     */
    ClusterHandler(@Nullable Membership membership, Aside aside) {
        this.membership = membership;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher
                .on(RequestCode.CLUSTER_STATUS, this::status)
                .on(RequestCode.CLUSTER_TRANSFER, this::transfer)
                .on(RequestCode.CLUSTER_ADD, this::add)
                .on(RequestCode.CLUSTER_REMOVE, this::remove)
                .on(RequestCode.CLUSTER_REPLACE, this::replace)
                .on(RequestCode.CLUSTER_PROMOTE, this::promote)
                .on(RequestCode.CLUSTER_ACCEPT_LOSS, this::acceptLoss);
    }

    private Membership group() {
        if (membership == null) {
            throw new BadRequest(
                    ResponseCode.ILLEGAL_OPERATION,
                    "this broker is a member of no group: it was started without replication.node-id, and has its log"
                            + " for itself");
        }
        return membership;
    }

    private void status(Request request) {
        Membership group = group();
        aside.answer(request, () -> Reply.ok().body(text(group.view()).bytes()));
    }

    private void transfer(Request request) {
        Membership group = group();
        String member = named(request, "member");
        change(request, () -> group.transfer(member));
    }

    private void add(Request request) {
        Membership group = group();
        int node = request.requiredInt("node");
        String address = named(request, "address");
        boolean isLearner = request.booleanOr("learner", false);
        if (node < 1) {
            throw new BadRequest(
                    ResponseCode.INVALID_PARAMETER, "members of a group have numbers from 1 on, not " + node);
        }
        change(request, () -> group.add(node, address, isLearner));
    }

    private void remove(Request request) {
        Membership group = group();
        String member = named(request, "member");
        change(request, () -> group.remove(member));
    }

    private void replace(Request request) {
        Membership group = group();
        String member = named(request, "member");
        String by = named(request, "by");
        change(request, () -> group.replace(member, by));
    }

    private void promote(Request request) {
        Membership group = group();
        String member = named(request, "member");
        change(request, () -> group.promote(member));
    }

    private void acceptLoss(Request request) {
        Membership group = group();
        String member = named(request, "member");
        change(request, () -> group.acceptLoss(member));
    }

    private static String named(Request request, String field) {
        String name = request.required(field).strip();
        if (name.isEmpty() || name.length() > TEXT_MAX) {
            throw new BadRequest(
                    ResponseCode.INVALID_PARAMETER, field + " wants the number of a member, or its host:port");
        }
        return name;
    }

    private void change(Request request, Supplier<CompletableFuture<Outcome>> change) {
        aside.answerLater(
                request, replyTo -> change.get().whenComplete((outcome, fault) -> tell(replyTo, outcome, fault)));
    }

    private static void tell(ReplyTo replyTo, @Nullable Outcome outcome, @Nullable Throwable fault) {
        replyTo.send(
                outcome == null
                        ? Reply.of(ResponseCode.SYSTEM_ERROR, "whether anything was changed is unknown: " + fault)
                        : reply(outcome));
    }

    private static Reply reply(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Done(String what) ->
                Reply.of(ResponseCode.SUCCESS, what).ext("outcome", "done");
            case Outcome.Begun(String what) ->
                Reply.of(ResponseCode.SUCCESS, what).ext("outcome", "begun");
            case Outcome.LedElsewhere(int node, String clients) ->
                Reply.of(
                                ResponseCode.SERVICE_NOT_AVAILABLE,
                                node == 0
                                        ? "nobody leads the group at the moment: try again soon"
                                        : "member " + node + " leads the group: ask that one"
                                                + (clients.isEmpty() ? "" : " at " + clients))
                        .ext("outcome", "elsewhere")
                        .ext("leader", clients);
            case Outcome.Refused(Outcome.Reason reason, String why) ->
                Reply.of(code(reason), why).ext("outcome", "refused").ext("reason", word(reason));
        };
    }

    private static int code(Outcome.Reason reason) {
        return switch (reason) {
            case UNKNOWN_MEMBER -> ResponseCode.INVALID_PARAMETER;
            case BUSY -> ResponseCode.SYSTEM_BUSY;
            case UNSAFE -> ResponseCode.ILLEGAL_OPERATION;
            case FAILED -> ResponseCode.SYSTEM_ERROR;
        };
    }

    private static JsonText text(GroupView view) {
        List<JsonText> members =
                view.members().stream().map(ClusterHandler::text).toList();
        return new JsonText()
                .add("group", view.group())
                .add("self", view.self())
                .add("role", word(view.role()))
                .add("term", view.term())
                .add("leader", view.leader())
                .add("firstIndex", view.firstIndex())
                .add("committedIndex", view.committedIndex())
                .addText("members", JsonText.array(members));
    }

    private static JsonText text(MemberView member) {
        return new JsonText()
                .add("node", member.node())
                .add("address", member.address())
                .add("clients", member.clients())
                .add("isVoter", member.isVoter())
                .add("priority", member.priority())
                .add("role", word(member.role()))
                .add("term", member.term())
                .add("lastIndex", member.lastIndex())
                .add("appliedIndex", member.appliedIndex())
                .add("answeredAgoMs", member.answeredAgoMs())
                .add("copiedBytes", member.copiedBytes())
                .add("copyBytes", member.copyBytes());
    }

    private static String word(Enum<?> one) {
        return one.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
