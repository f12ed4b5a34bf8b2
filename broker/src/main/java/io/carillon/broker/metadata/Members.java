package io.carillon.broker.metadata;

import io.carillon.base.Ticker;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where clients reach the members of this broker's group, which of them led last, and what they sign with for each other.
 * Any thread; in force when its {@link Change} was told. A group of one has none.
 */
public final class Members {
    /** Who led last, as far as this place of the log knows. */
    public record Leader(long term, int node) {}

    /** Where clients reach a member, where the other members do, and where HTTP is served: empty for nowhere. */
    private record Place(String clients, String peers, String http) {}

    private static final byte[] NO_KEY = {};

    private final Map<Integer, Place> places = new ConcurrentSkipListMap<>();
    private final Ticker ticker;
    private final Supplier<MetadataLog> log;
    private volatile Leader leader = new Leader(0, 0);
    private volatile byte @Nullable [] key;
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

    /** Where a member serves HTTP, {@code host:port}; null when it does not, or never said. */
    public @Nullable String httpAddress(int node) {
        Place place = places.get(node);
        return place == null || place.http().isEmpty() ? null : place.http();
    }

    /** What the members sign with for each other, and nobody else knows; null when there is nothing yet. */
    public byte @Nullable [] key() {
        byte[] known = key;
        return known == null ? null : known.clone();
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

    /** A member is here for clients, there for the other members, and serves HTTP at the third, if that is not empty. */
    public void put(int node, String address, String peerAddress, String httpAddress, Change change) {
        put(node, address, peerAddress, httpAddress, 0, change);
    }

    /** This member leads from now on. */
    public void putLeader(int node, String address, String peerAddress, String httpAddress, long term, Change change) {
        put(node, address, peerAddress, httpAddress, term, change);
    }

    /** A member is one no more. */
    public void remove(int node, Change change) {
        put(node, "", "", "", 0, change);
    }

    private void put(int node, String address, String peerAddress, String httpAddress, long term, Change change) {
        Command put = new Command.PutMember(ticker.nowMs(), node, address, peerAddress, httpAddress, term);
        log.get().append(CommandCodec.encode(put), change::done);
    }

    /** Signs with this from now on, for good; does nothing where there is a key already. */
    public void putKey(byte[] first, Change change) {
        Command put = new Command.PutGroupKey(ticker.nowMs(), ByteBuffer.wrap(first.clone()));
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
            places.put(put.node(), new Place(put.address(), put.peer(), put.http()));
        }
        if (put.term() > leader.term()) {
            leader = new Leader(put.term(), put.node());
        }
        listener.run();
    }

    void apply(Command.PutGroupKey put) {
        if (key == null) {
            byte[] first = new byte[put.key().remaining()];
            put.key().get(put.key().position(), first);
            key = first;
        }
    }

    /**
     * Term and node of the leader (8, var), then count of members, each: node, address for clients, address for peers. Then,
     * unless all of it is empty, as programs that know nothing of it want it: key, and for each member: address of HTTP.
     */
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
        byte[] known = key;
        if (known != null
                || all.values().stream().anyMatch(place -> !place.http().isEmpty())) {
            to.putBytes(known == null ? NO_KEY : known);
            all.values().forEach(place -> to.putText(place.http()));
        }
    }

    void restore(ByteReader from) {
        leader = new Leader(from.readLong(), from.readSmall(Integer.MAX_VALUE));
        int count = from.readCount();
        Map<Integer, Place> all = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            all.put(from.readSmall(Integer.MAX_VALUE), new Place(from.readText(), from.readText(), ""));
        }
        if (from.remaining() > 0) {
            byte[] known = from.readBytes();
            key = known.length == 0 ? null : known;
            all.replaceAll((_, place) -> new Place(place.clients(), place.peers(), from.readText()));
        }
        places.putAll(all);
    }
}
