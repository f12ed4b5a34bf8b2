package io.carillon.log;

import io.carillon.log.Replica.Item;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is in the {@link ReplicaFile}, kept up to date. Any thread. */
final class ReplicaNotes {
    private final ReplicaFile file;
    private volatile ReplicaFile.Content content;

    ReplicaNotes(ReplicaFile file, ReplicaFile.Content content) {
        this.file = file;
        this.content = content;
    }

    long firstIndex() {
        return content.firstIndex();
    }

    @Nullable
    String noVote() {
        return content.noVote().isEmpty() ? null : content.noVote();
    }

    List<Item> configurations() {
        return content.configurations();
    }

    synchronized void keepFrom(long index) {
        if (index > content.firstIndex()) {
            set(content.withFirstIndex(index));
        }
    }

    synchronized void opened(String run) {
        if (!run.equals(content.unforced())) {
            set(content.withUnforced(run));
        }
    }

    synchronized void mayNotVote(String why) {
        set(content.withNoVote(why));
    }

    synchronized void mayVote() {
        set(content.withNoVote(""));
    }

    /**
     * The log got an entry that says who the replicas are.
     *
     * @param checkpointIndex of what is older, only the last one is of use; but always the one before the last, which tells what
     *     a replica was before
     */
    synchronized void configured(Item item, long checkpointIndex) {
        byte[] bytes = new byte[item.bytes().remaining()];
        item.bytes().duplicate().get(bytes);
        List<Item> later = new ArrayList<>(content.configurations());
        later.removeIf(known -> known.index() >= item.index());
        later.add(new Item(
                item.index(), item.term(), item.kind(), ByteBuffer.wrap(bytes).asReadOnlyBuffer()));
        while (later.size() > 2 && later.get(1).index() <= checkpointIndex) {
            later.removeFirst();
        }
        set(content.with(later));
    }

    /** The entries behind this one were cut off. */
    synchronized void cut(long indexKept) {
        List<Item> left = new ArrayList<>(content.configurations());
        if (left.removeIf(known -> known.index() > indexKept)) {
            set(content.with(left));
        }
    }

    private void set(ReplicaFile.Content next) {
        file.write(next);
        content = next;
    }
}
