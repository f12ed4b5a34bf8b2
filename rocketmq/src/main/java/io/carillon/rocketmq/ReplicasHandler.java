package io.carillon.rocketmq;

import io.carillon.broker.cluster.MemberRole;
import io.carillon.broker.cluster.MemberView;
import io.carillon.broker.cluster.Membership;
import io.carillon.log.MessageLog;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Reply;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who else has the log, and how much of it (request code 907). The broker that is asked leads. */
final class ReplicasHandler implements Handlers {
    /** Who lacks more is not in sync: Apache's own default. */
    private static final long LAG_BYTES_MAX = 256L << 20;

    private final MessageLog log;
    private final @Nullable Membership membership;
    private final Aside aside;

    /**
     * @param membership null for a broker that has its log for itself
     * @param aside what members are asked on, one question at a time
     */
    ReplicasHandler(MessageLog log, @Nullable Membership membership, Aside aside) {
        this.log = log;
        this.membership = membership;
        this.aside = aside;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.GET_BROKER_HA_STATUS, this::replicas);
    }

    /** How a follower was when it answered last. */
    private record Copy(String address, boolean isThere, long ackedOffset, long lagBytes) {
        boolean isInSync() {
            return isThere && lagBytes <= LAG_BYTES_MAX;
        }

        JsonText json() {
            return new JsonText()
                    .add("addr", address)
                    .add("diff", lagBytes)
                    .add("inSync", isInSync())
                    .add("slaveAckOffset", ackedOffset)
                    .add("transferFromWhere", ackedOffset)
                    .add("transferredByteInSecond", 0);
        }
    }

    private void replicas(Request request) {
        Membership group = membership;
        if (group == null) {
            request.reply(Reply.ok().body(body(List.of())));
        } else {
            aside.answer(request, () -> Reply.ok().body(body(copies(group))));
        }
    }

    private List<Copy> copies(Membership group) {
        return group.view().members().stream()
                .filter(member -> member.role() != MemberRole.LEADER)
                .map(this::copy)
                .toList();
    }

    private Copy copy(MemberView member) {
        boolean isThere = member.role() == MemberRole.FOLLOWER || member.role() == MemberRole.LEARNER;
        long acked = Math.max(0, log.replica().offsetAfter(member.lastIndex()));
        String address = member.clients().isEmpty() ? member.address() : member.clients();
        return new Copy(address, isThere, acked, Math.max(0, log.offsetMax() - acked));
    }

    private byte[] body(List<Copy> copies) {
        return new JsonText()
                .addText(
                        "haConnectionInfo",
                        JsonText.array(copies.stream().map(Copy::json).toList()))
                .add("inSyncSlaveNums", (int)
                        copies.stream().filter(Copy::isInSync).count())
                .add("master", true)
                .add("masterCommitLogMaxOffset", log.offsetMax())
                .bytes();
    }
}
