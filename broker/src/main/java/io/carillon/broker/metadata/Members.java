package io.carillon.broker.metadata;

import io.carillon.base.Ticker;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where clients reach the members of this broker's group, and which of them led last. Any thread; in force when its {@link
 * Change} was told. A group of one has none.
 */
public final class Members {
    /** Who led last, as far as this place of the log knows. */
    public record Leader(long term, int node) {}

    /** Where clients reach a member, and where the other members do. */
    private record Place(String clients, String peers) {}

    private final Map<Integer, Place> places = new ConcurrentSkipListMap<>();
    private final Ticker ticker;
    private final Supplier<MetadataLog> log;
    private volatile Leader leader = new Leader(0, 0);
    private volatile Runnable listener = () -> {};

    Members(Ticker ticker, Supplier<MetadataLog> log) {
        this.ticker = ticker;
        this.log = log;
    }

    /** Where clients reach this member, {@code host:port}; null when it never said. */
    public @Nullable String address(int node) {
        Place place = places.get(node);
        return place == null ? null : place.clients();
    }

    /** Where the other members reach this one, {@code host:port}; null when it never said. */
    public @Nullable String peerAddress(int node) {
        Place place = places.get(node);
        return place == null ? null : place.peers();
    }

    /** The number of the member that the others reach at this address; 0 when none said so. */
    public int nodeAt(String peerAddress) {
        for (Map.Entry<Integer, Place> one : places.entrySet()) {
            if (one.getValue().peers().equals(peerAddress)) {
                return one.getKey();
            }
        }
        return 0;
    }

    /** Where clients reach all that said where they are. */
    public Map<Integer, String> addresses() {
        Map<Integer, String> all = new TreeMap<>();
        places.forEach((node, place) -> all.put(node, place.clients()));
        return all;
    }

    /** Node 0 when nobody ever led. */
    public Leader leader() {
        return leader;
    }

    /** A member is here for clients, and there for the other members. */
    public void put(int node, String address, String peerAddress, Change change) {
        put(node, address, peerAddress, 0, change);
    }

    /** This member leads from now on. */
    public void putLeader(int node, String address, String peerAddress, long term, Change change) {
        put(node, address, peerAddress, term, change);
    }

    /** A member is one no more. */
    public void remove(int node, Change change) {
        put(node, "", "", 0, change);
    }

    private void put(int node, String address, String peerAddress, long term, Change change) {
        Command put = new Command.PutMember(ticker.nowMs(), node, address, peerAddress, term);
        log.get().append(CommandCodec.encode(put), change::done);
    }

    /** Calls back, on the log's path, when one of them changed; one listener at a time, which must be quick. */
    public void onChange(Runnable told) {
        listener = told;
    }

    void apply(Command.PutMember put) {
        if (put.address().isEmpty()) {
            places.remove(put.node());
        } else {
            places.put(put.node(), new Place(put.address(), put.peer()));
        }
        if (put.term() > leader.term()) {
            leader = new Leader(put.term(), put.node());
        }
        listener.run();
    }

    /** Term and node of the leader (8, var), then count of members, each: node, address for clients, address for peers. */
    void snapshot(ByteWriter to) {
        to.putLong(leader.term());
        to.putVar(leader.node());
        Map<Integer, Place> all = new TreeMap<>(places);
        to.putVar(all.size());
        all.forEach((node, place) -> {
            to.putVar(node);
            to.putText(place.clients());
            to.putText(place.peers());
        });
    }

    void restore(ByteReader from) {
        leader = new Leader(from.readLong(), from.readSmall(Integer.MAX_VALUE));
        int count = from.readCount();
        for (int i = 0; i < count; i++) {
            places.put(from.readSmall(Integer.MAX_VALUE), new Place(from.readText(), from.readText()));
        }
    }
}
